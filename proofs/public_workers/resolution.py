"""What a resolver makes of the versions that a project declares after the run."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from packaging.version import Version
from uv import find_uv_bin

from asgi_upgrade.dependencies.formats import format_of
from asgi_upgrade.dependencies.formats.requirements import Requirements
from asgi_upgrade.dependencies.versions import BOUNDARY, specifier_set
from asgi_upgrade.document import Document
from asgi_upgrade.engine import Result
from asgi_upgrade.model import PACKAGE


def unresolved(tree: Path, path: str, result: Result) -> str:
    """Return why what a file declares with its neighbours cannot be installed or served, or ""."""
    texts = {change.document.path: change.text for change in result.changes}
    found: dict[str, str] = {}
    for other in (PurePosixPath(path), *_neighbours(tree, path)):
        kind = format_of(other)
        if kind is None:
            continue
        text = texts.get(other) or (tree / other).read_text("utf-8", "replace")
        for each in kind.declarations(Document(other, text, "utf-8")):
            found.setdefault(each.name, f"{each.name}{specifier_set(each.specifier)}")
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "requirements.in")
        wanted.write_text("\n".join(found.values()), "utf-8")
        python = "3.8" if "0.2.0" in found[PACKAGE] else "3.12"
        compile_ = [find_uv_bin(), "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
        done = subprocess.run(
            [*compile_, "--python-version", python, str(wanted)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        return f"{' '.join(found.values())} does not resolve"
    locked = dict(line.split("==") for line in done.stdout.splitlines() if "==" in line)
    if (Version(locked["uvicorn"]) >= BOUNDARY) != (Version(locked[PACKAGE]) >= Version("0.4")):
        return f"uvicorn {locked['uvicorn']} and {PACKAGE} {locked[PACKAGE]} do not serve together"
    return ""


def _neighbours(tree: Path, path: str) -> Iterator[PurePosixPath]:
    """Yield the files beside one that may declare the other half: requirements include each other."""
    if not isinstance(format_of(PurePosixPath(path)), Requirements):
        return
    for each in sorted((tree / path).parent.iterdir()):
        relative = PurePosixPath(each.relative_to(tree).as_posix())
        if each.is_file() and each.suffix == ".txt" and format_of(relative) is not None:
            yield relative
