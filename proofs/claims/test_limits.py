"""Claims about time limits and other numbers."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from uvicorn import Config

from proofs.claims.servers import APPLICATION, Server, gunicorn, server

NEW = "uvicorn_worker.UvicornWorker"


def test_long_request_outlives_the_timeout(tmp_path: Path) -> None:
    """Gunicorn's `timeout` is a heartbeat of the event loop; 65 s pass at 30, and 7 s at 3."""
    with server(tmp_path, *gunicorn(tmp_path, NEW, "--timeout", "3")) as started:
        assert started.get("/sleep/7").text == "ok"
        assert started.written().count("Booting worker") == 1


def test_graceful_timeout_below_the_timeout_cuts_nothing(tmp_path: Path) -> None:
    """A request that is shorter than it is answered, whatever `timeout` is."""
    flags = ("--timeout", "30", "--graceful-timeout", "4")
    with server(tmp_path, *gunicorn(tmp_path, NEW, *flags)) as started:
        assert stopped_in_a_request(started, "/sleep/1") == "ok"


def test_longer_graceful_timeout_keeps_the_process_longer(tmp_path: Path) -> None:
    """With a request that does not end, it is what SIGTERM takes."""
    seconds = {}
    for limit in ("1", "4"):
        folder = tmp_path / limit
        folder.mkdir()
        command = gunicorn(folder, NEW, "--graceful-timeout", limit)
        with server(folder, *command) as started:
            began = time.monotonic()
            assert stopped_in_a_request(started, "/sleep/60") == ""
            seconds[limit] = time.monotonic() - began
    assert seconds["1"] < seconds["4"]


def test_defaults_of_uvicorn() -> None:
    """Keep-alive 5 s, no limit of concurrency, pings each 20 s, a backlog of 2,048."""
    config = Config("main:app")
    assert config.timeout_keep_alive == 5
    assert config.limit_concurrency is None
    assert (config.ws_ping_interval, config.ws_ping_timeout) == (20, 20)
    assert config.backlog == 2048


def test_limit_of_concurrency_answers_503(tmp_path: Path) -> None:
    """Past it, and not below."""
    command = ("uvicorn", "--port", "PORT", "--limit-concurrency", "2", "main:app")
    with server(tmp_path, *command) as started, ThreadPoolExecutor(1) as pool:
        assert started.get().status_code == 200
        slow = pool.submit(started.get, "/sleep/2")
        started.wait_for(lambda: "asleep" in started.written())
        assert started.get().status_code == 503
        assert slow.result().status_code == 200


def test_granian_needs_a_flag_to_survive_broken_code(tmp_path: Path) -> None:
    """Without it the server exits; with it, it goes on when the code is mended."""
    alone = granian(tmp_path, "exits")
    with server(alone, *command(), application=APPLICATION) as started:
        started.wait_for(lambda: answers(started))
        (alone / "main.py").write_text("this is no Python\n")
        started.process.wait(20)
    kept = granian(tmp_path, "goes_on")
    with server(kept, *command("--reload-ignore-worker-failure")) as started:
        started.wait_for(lambda: answers(started))
        (kept / "main.py").write_text("this is no Python\n")
        started.wait_for(lambda: "SyntaxError" in started.written())
        (kept / "main.py").write_text(APPLICATION.replace('b"ok"', 'b"mended"'))
        started.wait_for(lambda: answers(started, "mended"))


def granian(folder: Path, name: str) -> Path:
    """Return a folder of its own."""
    (folder / name).mkdir()
    return folder / name


def command(*flags: str) -> tuple[str, ...]:
    """Return Granian's command with reload."""
    return ("granian", "--interface", "asgi", "--port", "PORT", "--reload", *flags, "main:app")


def answers(started: Server, text: str = "ok") -> bool:
    """Tell whether the page has this text."""
    try:
        return started.get(seconds=2).text == text
    except httpx.HTTPError:
        return False


def stopped_in_a_request(started: Server, path: str) -> str:
    """Stop a server while it answers a request; return the answer, or "" when there was none."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(started.get, path, 30)
        started.wait_for(lambda: "asleep" in started.written())
        started.process.send_signal(signal.SIGTERM)
        started.process.wait(30)
        error = answer.exception()
        return "" if error else answer.result().text
