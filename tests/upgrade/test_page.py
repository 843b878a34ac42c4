"""The page has a heading for all that the report links to."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from asgi_upgrade.rewriters import REWRITERS

ROOT = Path(__file__).resolve().parents[2]


def test_each_topic_has_its_heading() -> None:
    """As GitHub makes anchors of headings; and each heading of advice is linked to."""
    page = (ROOT / "docs" / "upgrade.md").read_text("utf-8")
    advice = page[page.index("## What is left to you") : page.index("## How to roll")]
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^### (.*)$", advice, re.MULTILINE)
    }
    topics = set()
    for path in (ROOT / "asgi_upgrade").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute))
            name = ast.unparse(node.func) if named and isinstance(node, ast.Call) else ""
            if name in {
                "Decision",
                "Finding",
                "self.decision",
                "self.decide",
                "self.leave",
            } and isinstance(node, ast.Call):
                last = node.args[-1]
                topics |= {last.value} if isinstance(last, ast.Constant) else set()
    topics |= {"warning-filters", "hidden-imports", "coverage", "type-checkers", "taken-back"}
    assert headings == topics


def test_each_rewriter_has_its_heading() -> None:
    """What a reader of a report looks for."""
    page = (ROOT / "docs" / "upgrade.md").read_text("utf-8")
    changed = page[page.index("## What is changed") : page.index("## What is left to you")]
    headings = re.findall(r"^### ([^:\n]*)", changed, re.MULTILINE)
    names = {type(each).__name__.lower() for each in REWRITERS}
    assert {heading.replace(" ", "").lower() for heading in headings} == names | {"dependencies"}
