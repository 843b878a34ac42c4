"""Claims about processes: who starts them, who gives them requests, what they may do."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from proofs.claims.servers import APPLICATION, WSGI, ended, gunicorn, server

NEW = "uvicorn_worker.UvicornWorker"


def test_uvicorn_replaces_a_worker_that_died(tmp_path: Path) -> None:
    """`uvicorn --workers` supervises its processes."""
    command = ("uvicorn", "--workers", "2", "--port", "PORT", "main:app")
    with server(tmp_path, *command) as started:

        def workers() -> set[int]:
            found = set()
            for child in psutil.Process(started.process.pid).children():
                with suppress(psutil.NoSuchProcess):  # it ends at this moment, or is a zombie
                    if "spawn_main" in " ".join(child.cmdline()):
                        found.add(child.pid)
            return found

        started.wait_for(lambda: len(workers()) == 2)
        assert started.get().text == "ok"
        before = workers()
        os.kill(min(before), signal.SIGKILL)
        started.wait_for(lambda: len(workers()) == 2 and workers() != before)
        assert started.get().text == "ok"


def test_uvicorn_reloads_its_workers_at_hup(tmp_path: Path) -> None:
    """`kill -HUP` starts them anew, one by one."""
    command = ("uvicorn", "--workers", "2", "--port", "PORT", "main:app")
    with server(tmp_path, *command) as started:
        started.wait_for(lambda: started.written().count("startup complete") == 2)
        started.process.send_signal(signal.SIGHUP)
        started.wait_for(lambda: started.written().count("startup complete") == 4)
        assert started.get().text == "ok"


def test_gunicorn_runs_async_code_itself(tmp_path: Path) -> None:
    """Its worker `asgi` needs no Uvicorn."""
    with server(tmp_path, *gunicorn(tmp_path, "asgi")) as started:
        assert started.get().text == "ok"


def test_sync_worker_fails_with_a_type_error(tmp_path: Path) -> None:
    """An ASGI application takes three arguments, and WSGI gives it two."""
    with server(tmp_path, *gunicorn(tmp_path, "sync")) as started:
        assert started.get().status_code == 500
        started.wait_for(lambda: "TypeError" in started.written())
        assert "missing 1 required positional argument: 'send'" in started.written()


def test_function_with_three_arguments_is_an_application(tmp_path: Path) -> None:
    """`async def app(scope, receive, send)` is served by Uvicorn as it is."""
    with server(tmp_path, "uvicorn", "--port", "PORT", "main:app") as started:
        assert started.get().text == "ok"


def test_preload_leaves_event_loops_alone(tmp_path: Path) -> None:
    """Each worker makes its loop after the fork."""
    with server(tmp_path, *gunicorn(tmp_path, NEW, "--preload", "--workers", "2")) as started:
        assert {started.get("/sleep/0.01").text for _ in range(20)} == {"ok"}


def test_flags_of_uvicorn_end_gunicorn(tmp_path: Path) -> None:
    """They are not ignored: Gunicorn does not know them."""
    with server(
        tmp_path, *gunicorn(tmp_path, NEW, "--host", "127.0.0.1", "--port", "1")
    ) as started:
        assert "error: unrecognized arguments: --host" in ended(started)
    assert started.process.returncode == 2


def test_uvicorn_run_in_the_module_hangs_the_port(tmp_path: Path) -> None:
    """The worker never ends importing the module, and nobody accepts."""
    own = f"{APPLICATION}\nimport uvicorn\nprint('imported')\nuvicorn.run(app, port=0)\n"
    with server(tmp_path, *gunicorn(tmp_path, NEW), application=own) as started:
        started.wait_for(lambda: "imported" in started.written())
        with pytest.raises(httpx.ReadTimeout):
            started.get(seconds=3)


@pytest.mark.parametrize(("worker", "application"), [("sync", WSGI), (NEW, APPLICATION)])
def test_idle_worker_needs_no_cpu(tmp_path: Path, worker: str, application: str) -> None:
    """Neither class does: 100 % without requests has another cause."""
    with server(tmp_path, *gunicorn(tmp_path, worker), application=application) as started:
        assert started.get().text == "ok"
        (process,) = psutil.Process(started.process.pid).children()
        before, began = sum(process.cpu_times()[:2]), time.monotonic()
        started.wait_for(lambda: time.monotonic() > began + 2)
        used = sum(process.cpu_times()[:2]) - before
        assert used < 0.2 * (time.monotonic() - began)


def test_worker_under_gunicorn_is_as_concurrent(tmp_path: Path) -> None:
    """A hundred requests that sleep take one worker little longer than one does."""
    with server(tmp_path, *gunicorn(tmp_path, NEW)) as started, ThreadPoolExecutor(100) as pool:
        began = time.monotonic()
        assert started.get("/sleep/1").text == "ok"
        one = time.monotonic() - began
        began = time.monotonic()
        answers = set(pool.map(lambda _: started.get("/sleep/1").text, range(100)))
        assert answers == {"ok"}
        assert time.monotonic() - began < 10 * one


def test_workers_accept_without_the_master(tmp_path: Path) -> None:
    """Requests are answered while it is stopped: it gives them to nobody."""
    with server(tmp_path, *gunicorn(tmp_path, NEW, "--workers", "2")) as started:
        assert started.get().text == "ok"
        started.process.send_signal(signal.SIGSTOP)
        started.wait_for(
            lambda: psutil.Process(started.process.pid).status() == psutil.STATUS_STOPPED
        )
        assert {started.get().text for _ in range(20)} == {"ok"}


def test_errors_are_logged_without_flags(tmp_path: Path) -> None:
    """The traceback is there at the default level."""
    with server(tmp_path, *gunicorn(tmp_path, NEW)) as started:
        assert started.get("/fail").status_code == 500
        started.wait_for(lambda: "ValueError: the application has failed" in started.written())
