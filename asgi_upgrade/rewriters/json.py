"""JSON files; notebooks are left to a person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from asgi_upgrade.document import Document
from asgi_upgrade.model import OLD_NAME, Decision, Proposal
from asgi_upgrade.rewriters.plain_text import PlainText
from asgi_upgrade.rewriters.values import renamed_values

PART_OF_CELL = re.compile(r"(?<!\\\\)\"(source|outputs)\"\s*:")


class Json(PlainText):
    """Edits exact names, and reads the file again."""

    def handles(self, path: PurePosixPath, text: str) -> bool:
        """Take `.json`, `.jsonc` and notebooks."""
        return path.suffix in {".json", ".jsonc", ".ipynb"}

    def propose(self, document: Document) -> Iterable[Proposal]:
        """Do as for any text, but leave notebooks alone: their outputs are history."""
        if document.path.suffix != ".ipynb":
            return super().propose(document)
        return [
            Decision(
                document.line_of(match.start()),
                "the code of a notebook names uvicorn.workers",
                "change its code in Jupyter, and run it again",
                "notebooks",
            )
            for match in OLD_NAME.finditer(document.text)
            if PART_OF_CELL.findall(document.text, 0, match.start())[-1:] == ["source"]
        ]

    def meaning(self, text: str) -> object:
        """Return the values. Raises ValueError, also for JSON with comments."""
        try:
            return renamed_values(json.loads(text))
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
