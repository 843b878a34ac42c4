"""Write `.env.example` and `docs/environment.md` of the template anew: `nox -s variables`.

A project makes both from its lists of variables. So a project is made without tasks and one with each
kind of them, and what only one of them has, below all the others, goes under an `if` of the template.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from rendering import PROJECT_FOLDER, QUESTIONS, TEMPLATE, render, run

DOCUMENTS: Final = (".env.example", "docs/environment.md")


def made(folder: Path, choice: str) -> list[str]:
    """Return both documents of a project with this answer.

    Raises CalledProcessError when its lists cannot be read.
    """
    project = render(folder / choice, tasks=choice)
    run(sys.executable, "-m", "config.variables", cwd=project).check_returncode()
    return [(project / document).read_text("utf-8") for document in DOCUMENTS]


def main() -> None:
    """Write both. Raises ValueError when a choice's variables are not below all the others."""
    choices = QUESTIONS["tasks"]  # the only question that has variables of its own
    with tempfile.TemporaryDirectory() as folder:
        texts = {choice: made(Path(folder), choice) for choice in choices}
    for number, document in enumerate(DOCUMENTS):
        common = text = texts["none"][number]
        for choice in choices:
            whole = texts[choice][number]
            if not whole.startswith(common):
                raise ValueError(f"{document}: put the group of {choice} last in GROUPS")
            if own := whole.removeprefix(common).rstrip("\n"):
                condition = f"{{%- if cookiecutter.tasks == '{choice}' %}}"
                text += f"{condition}\n{own}\n{{%- endif %}}\n"
        (TEMPLATE / PROJECT_FOLDER / document).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
