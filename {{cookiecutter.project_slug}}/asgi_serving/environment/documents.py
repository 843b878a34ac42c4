"""What tells people of a project's variables: `.env.example` and `docs/environment.md`."""

from collections.abc import Iterator
from pathlib import Path

from asgi_serving.environment.variable import Groups, Variable


def write_documents(groups: Groups, folder: Path) -> None:
    """Write both files of the project in this folder."""
    for path, lines in ((".env.example", dotenv(groups)), ("docs/environment.md", table(groups))):
        (folder / path).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def dotenv(groups: Groups) -> Iterator[str]:
    """Yield the lines of `.env.example`: every variable with its default, commented out."""
    yield "# Copy this file to .env and uncomment what shall differ from the default."
    yield "# A secret may also be read from a file: SECRET_KEY_FILE=/run/secrets/secret_key"
    for group, variables in groups.items():
        yield f"\n# --- {group}"
        for variable in variables:
            required = " Required in production." if variable.required else ""
            yield f"\n# {_meaning(variable)}{required}"
            yield f"# {variable.name}={variable.example}"


def table(groups: Groups) -> Iterator[str]:
    """Yield the lines of `docs/environment.md`: a table for each group."""
    yield "# Environment variables"
    yield ""
    yield "An empty variable counts as unset. A list is separated by commas. A secret may also be"
    yield "read from a file: `SECRET_KEY_FILE=/run/secrets/secret_key`. Development reads `.env`."
    for group, variables in groups.items():
        yield f"\n## {group}\n"
        yield "| name | type | default | required | meaning |"
        yield "|---|---|---|---|---|"
        for variable in variables:
            name = f"`{variable.name}`" + (" (secret)" if variable.secret else "")
            default = f"`{variable.example}`" if variable.example else "none"
            required = "in production" if variable.required else ""
            yield (
                f"| {name} | {variable.type.__name__} | {default} | {required} "
                f"| {_meaning(variable)} |"
            )


def _meaning(variable: Variable) -> str:
    extra = variable.extras.get("")
    return f"{variable.meaning} It needs the extra {extra}." if extra else variable.meaning
