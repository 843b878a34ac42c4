"""What is known of each topic that a report names: a file of Markdown, its title first."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

FOLDER = Path(__file__).parent


def topics() -> dict[str, str]:
    """Return the title of each topic, by the name that reports give it."""
    return {path.stem: _title(path) for path in sorted(FOLDER.glob("*.md"))}


def advice(topic: str) -> str:
    """Return the text of a topic. Raises KeyError."""
    if topic not in topics():
        raise KeyError(topic)
    return (FOLDER / f"{topic}.md").read_text("utf-8")


def nearest(topic: str) -> str:
    """Return the topic whose name or title is most like a word, or ""."""
    word = topic.lower().replace("_", "-").replace(" ", "-")
    return next(iter(get_close_matches(word, topics(), n=1)), "")


def _title(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline().removeprefix("# ").strip()
