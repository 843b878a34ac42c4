"""Write SETTINGS.md: every entry of `ASGI_SERVING`, with its type, its default and its meaning."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Final

from asgi_serving.settings import ServingSettings

PAGE: Final = Path(__file__).resolve().parents[1] / "SETTINGS.md"


def page() -> Iterator[str]:
    """Yield the lines of the page."""
    yield "# Settings"
    yield ""
    yield "All are entries of one dictionary, `ASGI_SERVING`, and none is required."
    yield ""
    yield "| name | type | default | meaning |"
    yield "|---|---|---|---|"
    for entry in fields(ServingSettings):
        default = getattr(ServingSettings, entry.name)
        kind = type(default).__name__
        meaning = entry.metadata["meaning"]
        yield f"| `{entry.name.upper()}` | {kind} | `{default!r}` | {meaning} |"


if __name__ == "__main__":
    PAGE.write_text("\n".join(page()) + "\n", encoding="utf-8", newline="\n")
