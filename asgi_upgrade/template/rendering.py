"""Renders of two versions of the template, to be compared."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asgi_upgrade
from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.template.git import environment
from asgi_upgrade.template.questions import NOT_ACCEPTED

MODULE = "asgi_upgrade.template.rendering_process"
PACKAGES = Path(asgi_upgrade.__file__).parents[1]


@dataclass(frozen=True)
class Render:
    """A project as a version of the template makes it, the answers that it was made with, and year."""

    folder: Path
    answers: Mapping[str, str]
    year: str


class NotAcceptedError(CannotWorkError):
    """Raised with what the template has said of an answer."""


@dataclass(frozen=True)
class Order:
    """What to render: a template in a folder, with answers; asked: questions for the terminal."""

    template: Path
    answers: Mapping[str, str]
    year: str = ""
    asked: Sequence[str] = ()


def render(orders: Sequence[Order], workplace: Path) -> list[Render]:
    """Render templates, one after the other in one process, and return the projects.

    workplace: a new folder. Raises NotAcceptedError, CannotWorkError.
    """
    workplace.mkdir()
    folders = [workplace / str(number) for number in range(len(orders))]
    for order, folder in zip(orders, folders, strict=True):
        _prepare(order, folder)
    asks = any(order.asked for order in orders)
    said = workplace / "said"
    with said.open("w", encoding="utf-8") as file:
        done = subprocess.run(
            [sys.executable, "-m", MODULE, *folders],
            stdin=None if asks else subprocess.DEVNULL,
            stdout=None if asks else file,
            stderr=file,
            cwd=workplace,  # a module of the project could hide one that is needed
            check=False,
            env={
                **environment(),
                "COOKIECUTTER_LOCK_TIMEOUT": "0",
                "PYTHONPATH": str(PACKAGES),
                "PYTHONUTF8": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )
    text = said.read_text("utf-8", errors="replace").strip()
    if done.returncode == NOT_ACCEPTED:
        raise NotAcceptedError(text)
    if done.returncode:
        raise CannotWorkError(f"the template cannot be rendered: {text}")
    return [_result(folder) for folder in folders]


def _prepare(order: Order, folder: Path) -> None:
    for name in ("output", "replay", "clones"):
        (folder / name).mkdir(parents=True)
    # Nobody's own defaults, and no answers left among somebody's.
    config = {
        "replay_dir": str(folder / "replay"),
        "cookiecutters_dir": str(folder / "clones"),
    }
    (folder / "config.yaml").write_text(json.dumps(config), "utf-8")
    content = {
        "template": str(order.template),
        "answers": dict(order.answers),
        "private": {"__year": order.year} if order.year else {},
        "asked": list(order.asked),
    }
    (folder / "order.json").write_text(json.dumps(content), "utf-8")


def _result(folder: Path) -> Render:
    (replay,) = (folder / "replay").iterdir()
    context = json.loads(replay.read_text("utf-8"))["cookiecutter"]
    (project,) = (folder / "output").iterdir()
    answers = {name: str(a) for name, a in context.items() if not name.startswith("_")}
    return Render(project, answers, str(context.get("__year", "")))
