"""How Sphinx builds this documentation: `nox -s docs`."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sphinx.application import Sphinx

PROJECT: Final = Path(__file__).parent.parent / "{{cookiecutter.project_slug}}"

project = "cookiecutter-django-asgi"
author = f"{project} contributors"
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = project
html_copy_source = False
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
nitpicky = True


def setup(app: Sphinx) -> None:
    """Fill in what the generated project itself knows best."""
    app.connect("source-read", insert_variables)


def insert_variables(_: Sphinx, docname: str, source: list[str]) -> None:
    """Put the tables of environment variables where the page `settings` wants them."""
    if docname == "settings":
        before, after = source[0].split("<!-- environment variables -->")
        source[0] = before + "\n".join(variable_tables()) + after


def variable_tables() -> Iterator[str]:
    """Yield the lines that the project writes to its `docs/environment.md`, but for the title."""
    spec = importlib.util.spec_from_file_location("variables", PROJECT / "config" / "variables.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(PROJECT / "config" / "variables.py")
    variables = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = variables  # dataclasses look up their module
    spec.loader.exec_module(variables)
    return (line for line in variables.markdown() if not line.startswith("# "))
