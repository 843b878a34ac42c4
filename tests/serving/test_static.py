"""Static files: from memory or from the disk, the answer is the one of ServeStatic."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from pytest_django import Settings
from servestatic.asgi import ServeStaticASGI

from asgi_serving.application import static
from asgi_serving.application.static import StaticFiles

SMALL, LARGE = b"small " * 100, b"large " * 20_000


class FromDisk(StaticFiles):
    """The same files, always sent by ServeStatic."""

    __call__ = ServeStaticASGI.__call__


@pytest.fixture(autouse=True)
def root(settings: Settings, tmp_path: Path) -> Path:
    settings.STATIC_ROOT, settings.DEBUG = tmp_path, False
    (tmp_path / "small.css").write_bytes(SMALL)
    (tmp_path / "small.css.gz").write_bytes(b"compressed")
    (tmp_path / "site.0123456789ab.css").write_bytes(SMALL)
    (tmp_path / "large.js").write_bytes(LARGE)
    (tmp_path / "empty.txt").write_bytes(b"")
    return tmp_path


async def not_found(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"no file"})


async def ask(files: Any, method: str, name: str, headers: dict[str, str]) -> tuple[Any, ...]:
    """Return status, headers and the bytes that were sent."""
    transport = httpx.ASGITransport(files)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        request = http.build_request(method, f"/static/{name}", headers=headers)
        answer = await http.send(request, stream=True)
        body = b"".join([part async for part in answer.aiter_raw()])
    return answer.status_code, answer.headers.multi_items(), body


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Encoding": "identity"},
        {"Accept-Encoding": "gzip, br"},
        {"Range": "bytes=2-9", "Accept-Encoding": "identity"},
        {"Range": "bytes=9999999-", "Accept-Encoding": "identity"},
        {"If-None-Match": "etag"},
        {"If-None-Match": '"other"'},
        {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
@pytest.mark.parametrize(
    "name", ["small.css", "site.0123456789ab.css", "large.js", "empty.txt", "absent.css"]
)
async def test_answer_is_that_of_servestatic(
    name: str, headers: dict[str, str], method: str
) -> None:
    ours, theirs = StaticFiles(not_found), FromDisk(not_found)
    if headers.get("If-None-Match") == "etag":
        answer = dict((await ask(theirs, "GET", name, {}))[1])
        headers = {"If-None-Match": answer.get("etag", "")}
    for _ in range(2):
        assert await ask(ours, method, name, headers) == await ask(theirs, method, name, headers)


async def test_small_file_is_read_once(root: Path) -> None:
    files = StaticFiles(not_found)
    await ask(files, "GET", "site.0123456789ab.css", {})
    (root / "site.0123456789ab.css").unlink()
    assert (await ask(files, "GET", "site.0123456789ab.css", {}))[2] == SMALL


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.setattr(static, "BUDGET", 1000)
    files = StaticFiles(not_found)
    for name in ("site.0123456789ab.css", "small.css", "large.js"):
        await ask(files, "GET", name, {"Accept-Encoding": "identity"})
    assert sum(map(len, files._kept.values())) == len(SMALL)  # noqa: SLF001  # nothing else tells


async def test_visitors_at_the_same_time_cost_the_memory_of_one(root: Path) -> None:
    files = StaticFiles(not_found)
    budget = files._budget  # noqa: SLF001  # it shows in memory alone
    answers = await asyncio.gather(*(ask(files, "GET", "small.css", {}) for _ in range(50)))
    assert {body for _, _, body in answers} == {b"compressed"}
    assert budget - files._budget == len(b"compressed")  # noqa: SLF001  # as above


async def test_file_that_cannot_be_read_costs_no_memory(root: Path) -> None:
    files = StaticFiles(not_found)
    budget = files._budget  # noqa: SLF001  # it shows in memory alone
    (root / "small.css.gz").unlink()
    with pytest.raises(FileNotFoundError):
        await ask(files, "GET", "small.css", {})
    assert files._budget == budget  # noqa: SLF001  # as above


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-3"}], ids=["whole", "range"])
async def test_name_need_not_be_ascii(
    settings: Settings, root: Path, headers: dict[str, str], debug: bool
) -> None:
    settings.DEBUG, settings.STATICFILES_DIRS = debug, [root]
    for name, content in (("für.css", SMALL), ("大.js", LARGE)):
        (root / name).write_bytes(content)
    files = StaticFiles(not_found)
    for name, content in (("für.css", SMALL), ("大.js", LARGE)):
        status, _, body = await ask(files, "GET", name, headers)
        assert (status, body) == ((206, content[:4]) if headers else (200, content))


async def test_application_gets_the_path_as_it_was() -> None:
    seen = []

    async def note(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])
        await not_found(scope, receive, send)

    assert (await ask(StaticFiles(note), "GET", "大.html", {}))[0] == 404
    assert seen == ["/static/大.html"]


def test_files_must_have_been_collected(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path / "absent"
    with pytest.raises(ImproperlyConfigured, match="collectstatic"):
        StaticFiles(not_found)


async def test_nothing_is_collected_where_there_is_no_file(
    settings: Settings, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path / "absent"
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [tmp_path / "nothing"]
    (tmp_path / "nothing").mkdir()
    call_command("collectstatic", interactive=False, verbosity=0)
    assert (await ask(StaticFiles(not_found), "GET", "a.css", {}))[0] == 404
