"""The files of this library as they were released: `python -m asgi_serving.manifest` lists them.

Where the library lies in a project as a folder, nothing else tells whether a file was changed.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from asgi_serving import __version__

FOLDER: Final = Path(__file__).resolve().parent
MANIFEST: Final = FOLDER / "manifest.json"


def changed_files() -> list[str]:
    """Return the files that were changed, added or removed, relative to the library's folder.

    There are none where there is no list, as in an installed package.
    """
    if not MANIFEST.exists():
        return []
    released = json.loads(MANIFEST.read_text("utf-8"))["files"]
    found = dict(_hashes())
    return sorted(name for name in released | found if released.get(name) != found.get(name))


def manifest() -> str:
    """Return the text of the list: version, and the SHA-256 of each file."""
    return json.dumps({"version": __version__, "files": dict(_hashes())}, indent=1) + "\n"


def _hashes() -> Iterator[tuple[str, str]]:
    for path in sorted(FOLDER.rglob("*")):
        if path == MANIFEST or "__pycache__" in path.parts or not path.is_file():
            continue
        # Git may have written other ends of lines.
        content = path.read_bytes().replace(b"\r\n", b"\n")
        yield path.relative_to(FOLDER).as_posix(), hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    MANIFEST.write_text(manifest(), encoding="utf-8", newline="\n")
