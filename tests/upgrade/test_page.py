"""What the report names is explained, by the tool and on the page."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from asgi_upgrade.rewriters import REWRITERS
from asgi_upgrade.topics import advice, topics
from upgrade.project import OLD, write
from upgrade.serving.planning import PLAIN, SETTINGS
from upgrade.test_cli import run

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "upgrade.md": ("## What is left to you", "## In hooks"),
    "serving-upgrade.md": ("## What is asked first", "## What a machine reads"),
}
"""The pages that have the texts: where these begin, and what follows them."""


def modules(command: str) -> list[Path]:
    """Return the code of a command: worker, with what both have, or serving."""
    return [
        path
        for path in (ROOT / "asgi_upgrade").rglob("*.py")
        if (path.parent.name == "serving") == (command == "serving")
    ]


def named_by_worker() -> set[str]:
    """Return the topics that the code names: all that is asked for, and what it says itself."""
    constants = {
        node.value
        for path in modules("worker")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
    }
    return set(topics()) & constants


def named_by_serving() -> set[str]:
    """Return what its pieces of advice name: each says its topic itself, or is given it."""
    found = set()
    for path in modules("serving"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Advice", "_advice"}:
                topic = ast.unparse(node.args[-1])
                found |= {ast.literal_eval(topic)} if topic != "topic" else set()
    return found


def told_on(page: str) -> str:
    """Return the part of a page that has the texts of topics."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    begin, end = PAGES[page]
    return text[text.index(begin) : text.index(end)]


def test_each_decision_has_a_topic() -> None:
    """Whoever makes one names a file that is there."""
    makers = {"Decision", "Finding", "decision", "decide", "leave", "other_tool"}
    known = set(topics())
    for path in modules("worker"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in makers:
                last = node.args[-1]
                assert not isinstance(last, ast.Constant) or last.value in known, last.value
    assert named_by_serving() <= known


@pytest.mark.parametrize("page", PAGES)
def test_page_has_the_text_of_each_topic(page: str) -> None:
    """The same words, in the tool and on the page, under the same title; what fits both stands once."""
    told, named = told_on(page), named_by_worker()
    if page == "serving-upgrade.md":
        named = named_by_serving() - named
    for name in named:
        assert f"##{advice(name)}" in told, name
    assert len(re.findall(r"^### ", told, re.MULTILINE)) == len(named)


def test_page_leads_to_what_stands_on_the_other() -> None:
    """By a link to each text that fits both commands."""
    links = re.findall(r"\(upgrade\.md#([a-z_-]+)\)", told_on("serving-upgrade.md"))
    both = named_by_serving() & named_by_worker()
    assert sorted(links) == sorted(topics()[name].lower().replace(" ", "-") for name in both)


def test_each_topic_is_named_by_the_code() -> None:
    """None is left over."""
    assert named_by_worker() | named_by_serving() == set(topics())


@pytest.mark.parametrize("topic", sorted(topics()))
def test_topic_is_explained(topic: str) -> None:
    """Without the network, from the package alone; in lines that a console shows."""
    done = run("explain", topic)
    assert (done.returncode, done.stdout) == (0, advice(topic))
    assert max(map(len, done.stdout.splitlines())) <= 105
    assert "http" not in done.stdout


@pytest.mark.parametrize(
    ("word", "meant"),
    [("base-image", "base-images"), ("CONN_MAX_AGE", "conn-max-age"), ("Held back", "held-back")],
)
def test_unknown_topic_suggests_the_nearest(word: str, meant: str) -> None:
    """In one line."""
    done = run("explain", word)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"asgi-upgrade: there is no topic {word}: did you mean {meant}?\n"
    assert "explain lists them" in run("explain", "zzzz").stderr


def test_topics_are_listed() -> None:
    """With their titles."""
    listed = [line.split(maxsplit=1) for line in run("explain").stdout.splitlines()]
    assert dict(listed) == topics()


def test_report_names_topics_that_there_are(tmp_path: Path) -> None:
    """Each of its lines can be typed, and none leads elsewhere."""
    (tmp_path / "start.sh").write_text(f"gunicorn --reload -k {OLD} app\n")
    told = run("worker", "--check", tmp_path).stdout
    typed = re.findall(r"asgi-upgrade explain (\S+)", told)
    assert set(typed) == {"dependency", "held-back", "reload"}
    assert set(typed) <= set(topics())
    assert "http" not in told


def test_report_of_serving_names_topics_that_there_are(tmp_path: Path) -> None:
    """Of all three kinds, each at the end of its first line."""
    atomic = SETTINGS.replace('"NAME"', '"ATOMIC_REQUESTS": True, "CONN_MAX_AGE": 60, "NAME"')
    view = "async def listen(request):\n    pass\n"
    own = {"Dockerfile": "FROM python:3.11\n", "mysite/settings.py": atomic}
    write(tmp_path, {**PLAIN, **own, "mysite/views.py": view})
    told = run("serving", "--check", tmp_path).stdout
    typed = re.findall(r"^  \S+:\d+ .+: asgi-upgrade explain (\S+)\n {6}\S", told, re.MULTILINE)
    assert sorted(typed) == ["atomic-requests", "conn-max-age", "python"]
    assert told.count("asgi-upgrade explain") == len(typed)


def test_links_in_the_tool_lead_to_places_that_exist() -> None:
    """What projects write behind a requirement, where git is to be had, Gunicorn's settings, a schema's form."""
    links = {
        link
        for path in (ROOT / "asgi_upgrade").rglob("*")
        if path.suffix in {".py", ".md", ".json"}
        for link in re.findall(r"https?://[\w.-]+/[\w./-]*", path.read_text("utf-8"))
    }
    assert links == {
        "https://github.com/Kludex/uvicorn-worker",
        "https://git-scm.com/downloads",
        "https://gunicorn.org/reference/settings/",
        "https://json-schema.org/draft/2020-12/schema",
    }


def test_each_rewriter_has_its_heading() -> None:
    """What a reader of a report looks for."""
    page = (ROOT / "docs" / "upgrade.md").read_text("utf-8")
    changed = page[page.index("## What is changed") : page.index("## What is left to you")]
    headings = re.findall(r"^### ([^:\n]*)", changed, re.MULTILINE)
    names = {type(each).__name__.lower() for each in REWRITERS}
    assert {heading.replace(" ", "").lower() for heading in headings} == names | {"dependencies"}
