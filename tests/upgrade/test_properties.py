"""What holds for any text."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePosixPath

from hypothesis import given, settings
from hypothesis import strategies as st

from asgi_upgrade.dependencies import plan
from asgi_upgrade.document import Document, UnreadableError
from asgi_upgrade.findings import findings
from asgi_upgrade.model import Edit, apply
from asgi_upgrade.rewriters import rewriter_for

NAMES = (
    "a.py", "a.toml", "pyproject.toml", "a.yaml", "a.json", "a.ini", "setup.cfg", "setup.py", "a.md",
    "a.sh", "Dockerfile", "Pipfile", "requirements.txt", "environment.yml", "settings.py", "a.xyz",
)  # fmt: skip
PIECES = st.sampled_from(
    (
        "uvicorn.workers.UvicornWorker", "uvicorn.workers", "uvicorn_worker.UvicornWorker", "uvicorn",
        "from uvicorn.workers import UvicornWorker", "import uvicorn.workers", "from uvicorn import workers",
        "gunicorn -k", "uvicorn==0.27.0", '"uvicorn>=0.40",', "dependencies = [", "]", "[project]", "\n",
        "\r\n", "    ", "  - ", "'", '"', '"""', "#", ":", "=", "{", "}", "\\", "é", "\ufeff", "\x0c",
        "[tool.poetry.dependencies]", 'uvicorn = "^0.27"', "install_requires =", "try:", "||", "\t",
    )
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=30).map("".join)


def proposed(name: str, text: str) -> tuple[Document, list[Edit]] | None:
    """Return the edits for a file, or None when nobody can read it."""
    try:
        document = Document.parse(PurePosixPath(name), text.encode("utf-8", "surrogatepass"))
    except UnreadableError:
        return None
    proposals = rewriter_for(document.path, document.text).propose(document)
    return document, [each for each in proposals if isinstance(each, Edit)]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(NAMES), TEXTS)
def test_only_the_name_changes_and_a_second_run_is_empty(name: str, text: str) -> None:
    """Every other character stays; what is decided once stays decided."""
    if (found := proposed(name, text)) is None:
        return
    document, edits = found
    after = apply(document.text, edits)
    kept = document.text
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        assert "uvicorn" in kept[edit.start : edit.end] or kept[edit.start : edit.end] == "workers"
        kept = kept[: edit.start] + kept[edit.end :]
    rest = [(edit.start, edit.end) for edit in sorted(edits, key=lambda edit: edit.start)]
    pieces, at = [], 0
    for start, end in rest:
        pieces.append(document.text[at:start])
        at = end
    assert "".join([*pieces, document.text[at:]]) == kept
    if edits:
        again = proposed(name, after)
        assert again is not None
        assert again[1] == []


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(NAMES), TEXTS, st.booleans())
def test_nothing_raises(name: str, text: str, latest: bool) -> None:
    """Whatever a file holds, also where dependencies are declared."""
    if (found := proposed(name, text)) is None:
        return
    document, edits = found
    list(findings(document))
    planned = plan({document.path: document}, {PurePosixPath("start.sh"): 1}, {}, latest=latest)
    for each in planned.edits.values():
        apply(document.text, each)
    with suppress(ValueError):  # what it raises for a text of another kind
        rewriter_for(document.path, document.text).meaning(apply(document.text, edits))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_are_read_back_or_refused(content: bytes) -> None:
    """In whatever encoding."""
    try:
        document = Document.parse(PurePosixPath("a.txt"), content)
    except UnreadableError:
        return
    assert document.encode(document.text) == content
