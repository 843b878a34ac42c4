"""The page and the tests name each other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


def test_each_verdict_has_its_test_and_each_test_its_verdict() -> None:
    """A row that names no test names a command."""
    page = (ROOT / "docs" / "claims.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    claims = [row for row in rows if not row.startswith(("| claim", "|---"))]
    assert len(claims) >= 28
    named = set(re.findall(r"`(test_\w+)`", "\n".join(claims)))
    written = {
        name
        for path in Path(__file__).parent.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
        if path != Path(__file__)
    }
    assert named == written
    without = [row for row in claims if not re.search(r"`(test_\w+|python3? [^`]+)`", row)]
    assert without == []
