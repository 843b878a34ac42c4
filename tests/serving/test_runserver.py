"""The development server."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest
import uvicorn
from websockets.sync.client import connect

from asgi_serving.development import failure_page
from asgi_serving.development import server as development_server
from asgi_serving.development.process import ServerProcess
from asgi_serving.types import Receive, Scope, Send
from config.variables import BASE_DIR
from tests.serving.development import Project, Runserver, runserver
from tests.serving.server import DEADLINE

LIVE = "tests/serving/site/live.py"
SETTINGS = "config/settings/development.py"
URLS = "config/urls.py"
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="containers often have no IPv6")


@pytest.fixture(autouse=True, scope="module")
def _interruptible() -> Iterator[None]:
    """A shell that starts the tests in the background lets them ignore Ctrl+C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("development"))


@pytest.fixture(scope="module")
def shared(project: Project) -> Iterator[Runserver]:
    """A server that many tests talk to."""
    with runserver(project) as running:
        yield running


@pytest.fixture
def server(shared: Runserver) -> Runserver:
    """The shared server, after what the test before has changed back."""
    shared.wait_for(lambda: shared.text() == "first")
    return shared


@pytest.fixture
def own_project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def second(source: str) -> str:
    return source.replace('"first"', '"second"')


def test_it_says_what_django_says(server: Runserver) -> None:
    server.wait_for(lambda: "manage.py migrate" in server.written())
    written = server.written()
    assert "Django version 6.1" in written
    assert "using settings 'config.settings.development'" in written
    assert f" at {server.client.base_url}" in written
    assert "Quit the server with CONTROL-C." in written
    assert "System check identified no issues" in written
    assert "unapplied migration(s)" in written
    assert "app(s): account, admin, auth, axes, contenttypes, mfa, sessions, users" in written


def test_saved_code_is_served_and_nobody_is_refused(project: Project, server: Runserver) -> None:
    server.wait_for_reserve()
    with project.changed(LIVE, second):
        server.wait_for(lambda: server.text() == "second")


BROKEN = [
    (URLS, "def <b>", "SyntaxError: invalid syntax"),
    (URLS, "import no.such", "ModuleNotFoundError: No module named &#x27;no&#x27;"),
    (SETTINGS, "raise SystemExit('no')", "SystemExit: no"),
    ("config/variables.py", "1 / 0", "ZeroDivisionError: division by zero"),
    (".env", "LANES=many", "LANES must be a whole number"),
]


def test_broken_code_is_shown_until_it_is_mended(project: Project, server: Runserver) -> None:
    for name, broken, shown in BROKEN:
        with project.appended(name, broken):
            page = server.wait_for_text(shown)
        assert page.status_code == 500
        assert page.headers["content-type"].startswith("text/html")
        assert "Traceback (most recent call last)" in page.text
        assert "<b>" not in page.text
        assert shown.replace("&#x27;", "'") in server.written()
        assert page.text.index(shown, page.text.index("<h1>")) < page.text.index("</h1>")
        if name != ".env":
            assert f"<h2>{name}, line " in page.text
            assert "<mark>" in page.text
    assert server.wait_for_status(200).text == "first"


def test_failure_page_names_the_error_and_the_code_of_the_team() -> None:
    own, library = BASE_DIR / "config" / "own.py", BASE_DIR / "asgi_serving" / "asgi.py"
    installed = BASE_DIR / ".venv" / "lib" / "site-packages" / "package.py"
    lines = [
        f'  File "{file}", line {number}, in it\n    call_{number}()'
        for number, file in enumerate([library, own, installed, own, library], start=1)
    ]
    text = "\n".join(["Traceback (most recent call last):", *lines, "ValueError: one\n  two <b>\n"])
    assert failure_page.error_of(text) == "ValueError: one\n  two <b>"
    page = failure_page.FailurePage(text).page
    assert "<h1>ValueError: one\n  two &lt;b&gt;</h1>" in page
    assert "<h2>config/own.py, line 4</h2>" in page
    marked = [number for number in range(1, 6) if f"<mark>    call_{number}()</mark>" in page]
    assert marked == [2, 4]


def test_failure_page_of_a_sentence_is_the_sentence() -> None:
    page = failure_page.FailurePage("The process ended with exit code 3.").page
    assert "<h1>The process ended with exit code 3.</h1>" in page
    assert "<mark>" not in page


def test_who_wants_no_page_gets_the_traceback_as_text(project: Project, server: Runserver) -> None:
    with project.appended(URLS, "1 / 0"):
        server.wait_for_status(500)
        answer = server.client.get("/text", headers={"Accept": "application/json"})
        with pytest.raises(Exception, match="HTTP 403"), connect(socket_url(server)):
            pass
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.endswith("ZeroDivisionError: division by zero\n")


def socket_url(server: Runserver) -> str:
    return str(server.client.base_url.join("/socket")).replace("http", "ws")


def test_template_is_read_anew_and_a_broken_one_shown(project: Project, server: Runserver) -> None:
    process = server.text("/process")
    name = f"{project.templates.relative_to(project.folder)}/live.html"
    with project.changed(name, lambda _: "{% nonsense %}"):
        assert "TemplateSyntaxError" in server.wait_for_status(500, "/template").text
    assert server.text("/template") == "first"
    assert server.text("/process") == process


def test_new_and_deleted_files_are_noticed(project: Project, server: Runserver) -> None:
    process = server.text("/process")
    with ExitStack() as until_deleted:
        for name in ("new.py", "new/locale/de/django.mo", "new/media/logs/views.py", ".env"):
            until_deleted.enter_context(project.changed(name, lambda _: ""))
            process = server.wait_for_another_process(process)
    server.wait_for_another_process(process)


def test_folder_that_is_moved_there_is_noticed(project: Project, server: Runserver) -> None:
    moved = project.folder / "moved"
    (outside := project.folder.parent / "outside").mkdir()
    (outside / "new.py").touch()
    process = server.text("/process")
    outside.rename(moved)
    server.wait_for_another_process(process)


def test_other_files_are_not_noticed(project: Project, server: Runserver) -> None:
    before = server.written().count("loading again")
    with ExitStack() as until_deleted:
        for name in (
            "a.html", "a.css", "a.js", "a.txt", "db.sqlite3-x", ".git/a.py", ".venv/a.py",
            ".nox/a/a.py", "node_modules/a.py", "tests/__pycache__/a.py", "staticfiles/a.py",
            "media/a.py", "logs/a.py", "config/.env",
        ):  # fmt: skip
            until_deleted.enter_context(project.changed(name, lambda _: "x"))
        until_deleted.enter_context(project.changed(LIVE, second))
        server.wait_for(lambda: server.text() == "second")
        assert server.written().count("loading again") == before + 1
        assert f"\n{LIVE} changed, loading again.\n" in server.written()


def test_process_that_ends_is_replaced_at_the_next_save(
    project: Project, server: Runserver
) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        server.get("/crash")
    assert "ended with exit code 3" in server.wait_for_status(500).text
    with project.changed(LIVE, second):
        server.wait_for(lambda: server.text() == "second")


def test_page_is_served_before_the_database_is_there(own_project: Project) -> None:
    absent = "postgres://nobody@127.0.0.1:1/nothing"
    with runserver(own_project, DATABASE_URL=absent, DATABASE_POOL_TIMEOUT="1") as server:
        assert server.text() == "first"
        server.wait_for(lambda: "The database cannot be used" in server.written())


def test_it_starts_with_broken_settings(own_project: Project) -> None:
    with ExitStack() as until_mended:
        until_mended.enter_context(own_project.changed(SETTINGS, lambda _: "def"))
        with runserver(own_project) as server:
            assert "SyntaxError" in server.text()
            until_mended.close()
            assert server.wait_for_status(200).text == "first"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_whatever_is_open(own_project: Project, number: signal.Signals) -> None:
    with runserver(own_project) as server, connect(socket_url(server)):
        slow = threading.Thread(target=ask, args=(server, "/slow"))
        with server.client.stream("GET", "/events") as events:
            assert next(events.iter_text()) == "data: tick\n\n"
            slow.start()
            server.wait_for_reserve()
            if number == signal.SIGINT:
                os.killpg(server.process.pid, number)  # as a terminal does
            else:
                os.kill(server.process.pid, number)
            assert server.process.wait(DEADLINE) == 0
        slow.join(DEADLINE)
    assert not server.has_processes()
    assert "Traceback" not in server.written()


@pytest.mark.parametrize("asked", ["before", "after"])
def test_process_that_ends_answers_whom_it_has_accepted(
    monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(development_server, "PATIENCE", DEADLINE)
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "disabled", True)
    began, goes_on, started, ending = (threading.Event() for _ in range(4))

    class Server(development_server.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            ending.set()
            await super().shutdown(sockets)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        began.set()
        await asyncio.to_thread(goes_on.wait)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(answer, lifespan="off", log_config=None, timeout_graceful_shutdown=0)
    server = Server(config, started.set)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=server.run, args=([listener],))
        serving.start()
        assert started.wait(DEADLINE)
        client = socket.create_connection(listener.getsockname(), DEADLINE)
        if asked == "before":
            client.sendall(REQUEST)
            assert began.wait(DEADLINE)
        else:
            while not server.server_state.connections:
                time.sleep(0.01)
        server.stop()
        assert ending.wait(DEADLINE)
        # Uvicorn alone cuts off who was accepted now, and who was asked for a tenth of a second later.
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.3), server.loop).result(DEADLINE)
        if asked == "after":
            client.sendall(REQUEST)
            assert began.wait(DEADLINE)
        goes_on.set()
        with client:
            assert client.recv(65536).startswith(b"HTTP/1.1 204")
        serving.join(DEADLINE)
    assert not serving.is_alive()


def test_ctrl_c_is_not_lost_while_a_process_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    monkeypatch.setattr(sys, "argv", [str(BASE_DIR / "manage.py"), "runserver"])
    with socket.socket() as listener, pytest.raises(KeyboardInterrupt):
        ServerProcess(listener)


def ask(server: Runserver, path: str) -> None:
    with suppress(httpx.HTTPError):
        server.get(path)


def test_nothing_is_left_when_it_is_killed(own_project: Project) -> None:
    with runserver(own_project) as server:
        assert server.text() == "first"
        server.wait_for_reserve()
        server.process.kill()
        server.process.wait(DEADLINE)
        give_up = time.monotonic() + DEADLINE
        while server.has_processes():
            assert time.monotonic() < give_up
            time.sleep(0.01)


def test_it_polls_where_there_are_no_events(own_project: Project) -> None:
    with ExitStack() as end, runserver(own_project, WATCHFILES_FORCE_POLLING="true") as server:
        process = server.text("/process")
        if sys.platform == "linux":
            opened = Path("/proc", str(server.process.pid), "fd").iterdir()
            assert not any("inotify" in str(descriptor.readlink()) for descriptor in opened)
        for name in (LIVE, ".env", "new/new.py"):
            end.enter_context(own_project.changed(name, second))
            process = server.wait_for_another_process(process)


def test_without_reload_it_serves_alone(own_project: Project) -> None:
    options = ["--noreload", "--nothreading", "--insecure", "--nostatic", "--skip-checks"]
    settings = ("--settings", "config.settings.development")
    with runserver(own_project, "0", *options, *settings, DJANGO_SETTINGS_MODULE="no") as server:
        server.wait_for(lambda: answers(server))
        assert server.text("/process") == str(server.process.pid)
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.process.wait(DEADLINE) == 0
    assert "Traceback" not in server.written()
    assert "System check" not in server.written()


def answers(server: Runserver) -> bool:
    return server.text() == "first"


@pytest.mark.parametrize(
    ("options", "url"),
    [
        (("0",), "http://127.0.0.1:"),
        (("localhost:0",), "http://127.0.0.1:"),
        (("0.0.0.0:0",), "http://0.0.0.0:"),
        pytest.param(("[::1]:0",), "http://[::1]:", marks=needs_ipv6),
        pytest.param(("-6", "0"), "http://[::1]:", marks=needs_ipv6),
        pytest.param(("--ipv6", "[::]:0"), "http://[::]:", marks=needs_ipv6),
    ],
)
def test_it_listens_where_it_is_told_to(
    project: Project, options: tuple[str, ...], url: str
) -> None:
    with runserver(project, *options) as server:
        assert str(server.client.base_url).startswith(url)
        # That somebody accepts there is enough: the page comes with the project.
        address = (server.client.base_url.host, server.client.base_url.port or 80)
        socket.create_connection(address, DEADLINE).close()


def refused(project: Project, *arguments: str) -> str:
    """Run the command until it gives up, and return the only line that it wrote."""
    done = subprocess.run(
        project.manage("runserver", *arguments),
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.count("\n") == 1
    return done.stdout


def test_taken_port_is_one_line_that_names_another(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused(project, str(port))
    assert f"Port {port} is taken" in line
    assert "manage.py runserver 8000" in line


@pytest.mark.parametrize("address", ["here", "1:2:3", "65536", "no.such.host.invalid:0"])
def test_wrong_address_is_one_line(project: Project, address: str) -> None:
    assert address.partition(":")[0] in refused(project, address)
