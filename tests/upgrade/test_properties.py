"""What holds for any text."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from asgi_upgrade.dependencies import plan
from asgi_upgrade.document import Document, UnreadableError
from asgi_upgrade.findings import findings
from asgi_upgrade.model import Edit, apply
from asgi_upgrade.rewriters import rewriter_for
from upgrade.project import NEW, OLD, migrated

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


USES = {
    "start.sh": ("gunicorn -k {old} app\n", "gunicorn -k {new} app\n", "gunicorn wsgi\n"),
    "shop/start.sh": ("gunicorn -k {old} app\n", "gunicorn wsgi\n"),
    "gunicorn.conf.py": ("from uvicorn import workers\nworker_class = workers.UvicornWorker\n",),
    "README.md": (
        "```sh\npip install gunicorn uvicorn\ngunicorn -k {old} app\n```\n",
        "Serve by `gunicorn -k {old}`.\n\n{old} is deprecated: take {new}.\n",
    ),
    "Dockerfile": (
        "RUN pip install gunicorn\nCMD gunicorn -k {old} app\n",
        "RUN pip install gunicorn uvicorn && \\\n    pip install -r requirements.txt\n",
        "RUN pip install \\\n    uvicorn==0.27.0 \\\n    gunicorn==20.1.0\nENV WORKER={old}\n",
        "FROM own/uvicorn-gunicorn\nENV WORKER_CLASS={old}\n",
    ),
}
DECLARED = {
    "requirements.txt": (
        "uvicorn\n", "gunicorn==20.1.0\n", "-r requirements/base.txt\ngunicorn\n", "uvicorn<0.15\n",
        "uvicorn==0.27.0 ; sys_platform != 'win32'  # https://a.b/c\nuvicorn-worker==0.4.0\n",
    ),
    "shop/requirements.txt": ("uvicorn\n", "gunicorn\nuvicorn==0.27.0\n"),
    "requirements/base.txt": ("uvicorn[standard]>=0.20,<0.30\n", "django\nflask\nuvicorn~=0.40"),
    "pyproject.toml": (
        '[project]\nrequires-python = ">=3.8"\ndependencies = ["gunicorn", "uvicorn"]\n',
        '[dependency-groups]\nserve = [\n  "gunicorn>=21", # fast\n]\ndev = ["uvicorn"]\n',
        '[tool.poetry.dependencies]\nuvicorn = {version = "^0.27", optional = true}\n'
        '[tool.poetry.extras]\nserve = ["uvicorn"]\n',
    ),
    "setup.py": ("setup(install_requires=['gunicorn'], extras_require={'a': ['uvicorn']})\n",),
    "environment.yml": ("dependencies:\n  - gunicorn=21\n  - pip:\n    - uvicorn==0.27.0\n",),
}  # fmt: skip
PROJECTS = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from([text.format(old=OLD, new=NEW) for text in texts])
        if name in USES
        else st.sampled_from(texts)
        for name, texts in (USES | DECLARED).items()
    },
)


@settings(max_examples=150, deadline=None)
@given(PROJECTS, st.booleans())
def test_second_run_on_a_project_is_empty(files: dict[str, str], latest: bool) -> None:
    """Whatever its files are together; and nobody is asked anything new."""
    with TemporaryDirectory() as folder:
        after, result = migrated(Path(folder), files, latest=latest)
        again, second = migrated(Path(folder), after, latest=latest)
        assert again == after
        assert second.changes == []
        for name in after.keys() & {"requirements.txt", "shop/requirements.txt"}:
            assert after[name].count("uvicorn-worker") <= 1
        # A name that was changed moves no line: what is left to a person is left again.
        first = {(path, each.topic) for path, each in result.decisions}
        assert {(path, each.topic) for path, each in second.decisions} == first


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_are_read_back_or_refused(content: bytes) -> None:
    """In whatever encoding."""
    try:
        document = Document.parse(PurePosixPath("a.txt"), content)
    except UnreadableError:
        return
    assert document.encode(document.text) == content
