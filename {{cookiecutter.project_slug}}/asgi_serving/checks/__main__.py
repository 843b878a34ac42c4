"""Write CHECKS.md: every finding, with what leads to it and what shows that it matters."""

import importlib
import pkgutil
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from asgi_serving import checks
from asgi_serving.checks.finding import RETIRED, Finding

LEVELS: Final = {"E": "Errors", "W": "Warnings", "I": "Information"}

INTRODUCTION: Final = """\
# System checks

`python manage.py check` looks at the serving stack. It looks at what is installed and at what Gunicorn
would read, imports the application that Gunicorn would serve, and starts nothing. `check --deploy`
with production's environment looks at more, and `check --database default` asks the database, too.

| what | when it looks |
|---|---|
| settings and installed packages | `check`, `runserver`, `serving`, and a worker that starts |
| `gunicorn.conf.py`, and the application | `check`, `serving`, and a worker that starts |

No other command is stopped or slowed down: `migrate`, `shell` and `test` neither run `gunicorn.conf.py`
nor import the application. One command runs the file once, whatever it does. A worker does not
run it again: it has Gunicorn's own settings.

An error is what fails at every request wherever the project is served. What may be otherwise on
another machine, such as users, paths and tables, or fails now and then, is a warning. The answer holds
for the environment that the command runs in. Flags of Gunicorn's command line cannot be known
to a command; a worker knows them, and it refuses to start when one of the errors below is found, unless
`ASGI_SERVING["CHECK_AT_START"]` is false.

A name in brackets, such as `DATABASE_POOL_MAX_SIZE`, is the environment variable behind a setting,
where a project reads its settings by `asgi_serving.environment`.

`SILENCED_SYSTEM_CHECKS = ["asgi_serving.W018"]` silences a finding. An id keeps its meaning for ever.
"""

RETIRED_IDS: Final = """\
## No longer used

These were errors, and stopped projects that work. They are warnings now:
"""


def findings() -> list[Finding]:
    """Return every kind of finding: errors, warnings, information, each in order of its number."""
    found = {}
    for module in pkgutil.iter_modules(checks.__path__, f"{checks.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if type(value) is Finding:  # Django's lazy settings would load for isinstance
                found[value.id] = value
    order = list(LEVELS)
    return sorted(found.values(), key=lambda finding: (order.index(_level(finding)), finding.id))


def page() -> Iterator[str]:
    """Yield the lines of the page."""
    yield INTRODUCTION
    level = ""
    for finding in findings():
        if level != (level := _level(finding)):
            yield f"## {LEVELS[level]}\n"
        yield f"### {finding.id}\n"
        if finding.when:
            yield f"Only with `{finding.when}`.\n"
        yield f"{_filled(finding.problem)}\n"
        yield f"- Example: `{finding.example}`"
        yield f"- Fix: {_filled(finding.hint)}"
        yield f"- Shown by: {finding.shown_by}\n"
    yield RETIRED_IDS
    yield ", ".join(f"{old} is {new}" for old, new in RETIRED.items()) + "."


def _level(finding: Finding) -> str:
    return finding.id.partition(".")[2][0]


def _filled(text: str) -> str:
    """Return a text with the names of its facts in place of them."""
    parts = string.Formatter().parse(text)
    return "".join(before + (f"*{name}*" if name else "") for before, name, _, _ in parts)


def main() -> None:
    """Write the page."""
    text = "\n".join(page()).rstrip() + "\n"
    Path(__file__).parents[1].joinpath("CHECKS.md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
