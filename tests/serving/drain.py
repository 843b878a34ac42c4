"""Everything that stops a worker, done to a server under load: `nox -s drain`."""

import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.serving import failing_databases
from tests.serving.load import Load, load
from tests.serving.server import DEADLINE, Server, gunicorn, manage, production_environment

CLIENTS = 24
WORKERS = 2


class Outcome(NamedTuple):
    """What clients saw of a scenario; times in seconds."""

    stops: int
    answered: int
    lost: list[str]
    longest_gap: float


def workers(master: int) -> set[int]:
    """Return the process ids of a master's workers."""
    return {child.pid for child in psutil.Process(master).children()}


def wait_until(condition: Callable[[], bool]) -> None:
    """Poll until a condition holds."""
    give_up = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < give_up, f"{condition.__qualname__} did not come true"
        time.sleep(0.02)


def starts(server: Server) -> int:
    """Return how many workers have started."""
    return server.log.read_text().count("Application startup complete")


def reload(server: Server, running: Load) -> int:
    """Reload the server, as `kill -HUP` and `systemctl reload` do."""
    old = workers(server.process.pid)
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: not old & (new := workers(server.process.pid)) and len(new) == WORKERS)
    return len(old)


def stop_worker(server: Server, running: Load) -> int:
    """Stop a worker by hand; the master starts another."""
    old = min(workers(server.process.pid))
    os.kill(old, signal.SIGTERM)
    wait_until(lambda: old not in (new := workers(server.process.pid)) and len(new) == WORKERS)
    return 1


def scale(server: Server, running: Load) -> int:
    """Add a worker, and take one away."""
    master = server.process.pid
    server.process.send_signal(signal.SIGTTIN)
    wait_until(lambda: len(workers(master)) == WORKERS + 1)
    started = running.answered
    wait_until(lambda: running.answered > started + 10 * CLIENTS)
    server.process.send_signal(signal.SIGTTOU)
    wait_until(lambda: len(workers(master)) == WORKERS)
    return 1


def recycle(server: Server, running: Load) -> int:
    """Let the workers answer `max_requests`, until all were replaced."""
    old = workers(server.process.pid)
    wait_until(lambda: not old & workers(server.process.pid))
    wait_until(
        lambda: len(workers(server.process.pid)) >= int(server.environment["WEB_CONCURRENCY"])
    )
    return len(old)


def upgrade(server: Server, running: Load) -> int:
    """Start a new master beside the old one, as for a new Gunicorn, and stop the old one."""
    old_master = server.process.pid
    old = workers(old_master)
    server.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: len(workers(old_master)) == WORKERS + 1)
    wait_until(lambda: starts(server) == 2 * WORKERS)
    started = running.answered
    wait_until(lambda: running.answered > started + 10 * CLIENTS)
    server.process.terminate()
    server.process.wait(DEADLINE)
    return len(old)


def replaced_by(server: Server, old: set[int]) -> None:
    """Wait until other workers serve, as many as there were."""
    wait_until(lambda: not old & (new := workers(server.process.pid)) and len(new) == len(old))
    wait_until(lambda: server.client.get("/readyz").is_success)


def refused(server: Server, running: Load, break_: Callable[[], object]) -> int:
    """Reload a server whose new workers cannot start: the old ones go on, and lose nothing."""
    old = workers(server.process.pid)
    told = server.log.read_text().count(GOES_ON)
    break_()
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: server.log.read_text().count(GOES_ON) == told + len(old))
    wait_until(lambda: workers(server.process.pid) == old)
    answered = running.answered
    wait_until(lambda: running.answered > answered + 10 * CLIENTS)
    assert workers(server.process.pid) == old
    return len(old)


GOES_ON = "No new worker could start, so this one goes on"


def reload_with_a_broken_setting(server: Server, running: Load) -> int:
    """Reload with a setting that is refused, with code that fails, then with both mended."""
    code = Path(server.environment["TEST_SETTINGS_CODE"])
    stops = 0
    for broken in ("raise ImproperlyConfigured('a setting is wrong')", "1 / 0"):
        stops += refused(server, running, partial(code.write_text, broken))
    code.write_text("")
    return stops + reload(server, running)


def reload_with_a_broken_template(server: Server, running: Load) -> int:
    """Reload with a template that cannot be compiled, and that nobody uses."""
    template = Path(server.environment["TEST_TEMPLATES"], "broken.html")
    template.write_text("{% load nothing_of_that_name %}")
    stops = reload(server, running)
    wait_until(lambda: server.log.read_text().count("broken.html cannot be compiled") >= stops)
    template.unlink()
    return stops


def reload_with_a_broken_configuration(server: Server, running: Load) -> int:
    """Reload with a gunicorn.conf.py that cannot be read, or used, then with it mended."""
    conf = Path(server.environment["TEST_CONFIGURATION"])
    text = conf.read_text()
    stops = 0
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        for broken in ("1 / 0", f"bind = {taken!r}"):
            kept = server.log.read_text().count(KEEPS)
            conf.write_text(text + broken)
            stops += reload(server, running)
            assert server.log.read_text().count(KEEPS) == kept + 1
    conf.write_text(text)
    return stops + reload(server, running)


KEEPS = "Gunicorn keeps its settings"


def reload_with_database(server: Server, running: Load, url: str) -> int:
    """Reload when the database is another one, which cannot be used; then with the first again."""
    file = Path(server.environment["DATABASE_URL_FILE"])
    sqlite = file.read_text()
    old = workers(server.process.pid)
    file.write_text(url)
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: not old & (new := workers(server.process.pid)) and len(new) == WORKERS)
    assert "The database cannot be reached" in server.log.read_text()
    answered = running.answered
    wait_until(lambda: running.answered > answered + 10 * CLIENTS)
    file.write_text(sqlite)
    return len(old) + reload(server, running)


def reload_with_a_full_database(server: Server, running: Load) -> int:
    """Reload when the database has no connection left."""
    with failing_databases.full() as url:
        return reload_with_database(server, running, url)


def reload_with_a_hanging_database(server: Server, running: Load) -> int:
    """Reload when the host of the database does not answer."""
    with failing_databases.hanging() as url:
        return reload_with_database(server, running, url)


def stop_with_a_backlog(server: Server, running: Load) -> int:
    """Stop the server while its event loop is busy, and connections wait to be accepted."""
    running.stop()
    blocking = socket.create_connection(("127.0.0.1", server.port))
    blocking.sendall(HEAD_OF["/pages/block/"])
    server.line_with("The event loop is blocked")
    waiting = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
    server.process.terminate()
    for client in waiting:
        client.sendall(HEAD_OF["/pages/plain/async/"])
    for client in (blocking, *waiting):
        client.settimeout(DEADLINE)
        try:
            answer = client.recv(65536)
        except OSError as error:
            running.lost.append(f"in the queue: {error}")
        else:
            running.answered += answer.startswith(b"HTTP/1.1 200 ")
            if not answer.startswith(b"HTTP/1.1 200 "):
                running.lost.append(f"in the queue: {answer[:100]!r}")
        client.close()
    assert server.process.wait(DEADLINE) == 0
    return 1


HEAD_OF = {
    page: f"GET {page} HTTP/1.1\r\nHost: testserver\r\nX-Forwarded-Proto: https\r\n\r\n".encode()
    for page in ("/pages/block/", "/pages/plain/async/")
}


def asked_for_more(server: Server) -> int:
    """Return how often the master was asked for one worker more."""
    return server.log.read_text().count("Handling signal: ttin")


def settled(server: Server, expected: int, *, taken_away: int = 0) -> None:
    """Wait until the master has so many workers, and no worker owes it a signal.

    taken_away: how many workers an operator took away.
    """

    def is_settled() -> bool:
        text = server.log.read_text()
        more, less = (text.count(f"Handling signal: {name}") for name in ("ttin", "ttou"))
        return less - more == taken_away and len(workers(server.process.pid)) == expected

    wait_until(is_settled)


def recycle_killed_between_its_signals(server: Server, running: Load) -> int:
    """Kill the old workers when one has asked for its replacement; nobody asks for a page then."""
    wait_until(lambda: asked_for_more(server) == 1)
    running.stop()
    old = sorted(workers(server.process.pid))[:WORKERS]
    for process in old:
        os.kill(process, signal.SIGKILL)
    settled(server, WORKERS)
    with load(server.port, CLIENTS) as again:
        wait_until(lambda: again.answered > CLIENTS)
    running.answered += again.answered
    running.lost += again.lost
    return len(old)


def recycle_beside_an_operator(server: Server, running: Load) -> int:
    """Take one worker away, and add one again, while a worker sees to its replacement."""
    wait_until(lambda: asked_for_more(server) == 1)
    server.process.send_signal(signal.SIGTTOU)
    running.stop()
    settled(server, WORKERS - 1, taken_away=1)
    before = asked_for_more(server)
    with load(server.port, CLIENTS) as again:
        wait_until(lambda: asked_for_more(server) > before)
        server.process.send_signal(signal.SIGTTIN)
    settled(server, WORKERS)
    running.answered += again.answered
    running.lost += again.lost
    return asked_for_more(server)


class Scenario(NamedTuple):
    """What is done to a server, how often in a full run, its settings, and whether it ends by it."""

    do: Callable[[Server, Load], int]
    times: int
    changes: dict[str, str] = {}
    ends_load: bool = False


SCENARIOS = {
    "reload (HUP)": Scenario(reload, 20),
    "reload, a template is broken": Scenario(reload_with_a_broken_template, 2),
    "reload, a setting is wrong, code fails": Scenario(
        # So long Gunicorn looks after nothing else when the old workers stay.
        reload_with_a_broken_setting,
        2,
        {"GUNICORN_GRACEFUL_TIMEOUT": "5"},
    ),
    "reload, gunicorn.conf.py is broken": Scenario(reload_with_a_broken_configuration, 2),
    "reload, the database is full": Scenario(reload_with_a_full_database, 2),
    "reload, the database's host hangs": Scenario(reload_with_a_hanging_database, 2),
    "stop of a worker (TERM)": Scenario(stop_worker, 10),
    "stop of the server, loop busy, 20 connections wait": Scenario(
        stop_with_a_backlog, 1, {"WEB_CONCURRENCY": "1"}, ends_load=True
    ),
    "one worker more, one less (TTIN, TTOU)": Scenario(scale, 6),
    "max_requests": Scenario(recycle, 4, {"GUNICORN_MAX_REQUESTS": "800"}),
    "max_requests, one worker": Scenario(
        recycle, 4, {"GUNICORN_MAX_REQUESTS": "800", "WEB_CONCURRENCY": "1"}
    ),
    "max_requests, killed between its two signals": Scenario(
        recycle_killed_between_its_signals, 1, {"GUNICORN_MAX_REQUESTS": "800"}, ends_load=True
    ),
    "max_requests, operator's TTOU and TTIN meanwhile": Scenario(
        recycle_beside_an_operator, 1, {"GUNICORN_MAX_REQUESTS": "2000"}, ends_load=True
    ),
    "new master (USR2)": Scenario(upgrade, 1),
}


@contextmanager
def served(folder: Path, env: dict[str, str], **changes: str) -> Iterator[Server]:
    """Give a server with two workers, unless the changes say otherwise."""
    for name in ("templates", "configuration"):
        (folder / name).mkdir()
    (folder / "database-url").write_text(env["DATABASE_URL"])
    (folder / "settings-code").touch()
    conf = folder / "configuration" / "gunicorn.conf.py"
    conf.write_text("import runpy\nglobals().update(runpy.run_path('gunicorn.conf.py'))\n")
    breakable = {
        "DATABASE_URL_FILE": str(folder / "database-url"),
        "GUNICORN_CMD_ARGS": f"--config {conf}",
        "TEST_CONFIGURATION": str(conf),
        "TEST_SETTINGS_CODE": str(folder / "settings-code"),
        "TEST_TEMPLATES": str(folder / "templates"),
        "WEB_CONCURRENCY": str(WORKERS),
    }
    rest = {name: value for name, value in env.items() if name != "DATABASE_URL"}
    with gunicorn(folder, {**rest, **breakable, **changes}) as server:
        yield server


def run(folder: Path, env: dict[str, str], name: str, times: int) -> Outcome:
    """Do what a scenario says so many times, and return what clients saw."""
    scenario = SCENARIOS[name]
    folder = folder / f"scenario-{list(SCENARIOS).index(name)}"
    folder.mkdir()
    with served(folder, env, **scenario.changes) as server, load(server.port, CLIENTS) as running:
        # A worker that does not serve yet is not one that goes on when a reload fails.
        wait_until(lambda: starts(server) == int(server.environment["WEB_CONCURRENCY"]))
        wait_until(lambda: running.answered > 10 * CLIENTS)
        stops = sum(scenario.do(server, running) for _ in range(times))
        if not scenario.ends_load:
            after = running.answered
            wait_until(lambda: running.answered > after + 10 * CLIENTS)
            expected = int(server.environment["WEB_CONCURRENCY"])
            wait_until(
                lambda: name.startswith("new") or len(workers(server.process.pid)) == expected
            )
    return Outcome(stops, running.answered, running.lost, running.longest_gap)


def main() -> int:
    """Run everything, print a table, and return 1 if a request was lost."""
    total = Outcome(0, 0, [], 0)
    print("| | workers stopped | answered | lost | longest time without an answer |")
    print("|---|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        env = production_environment(folder)
        for command in ("migrate", "collectstatic"):
            done = manage(command, "--no-input", env=env)
            assert done.returncode == 0, done.stderr
        for name, scenario in SCENARIOS.items():
            outcome = run(folder, env, name, scenario.times)
            show(name, outcome)
            total = Outcome(
                total.stops + outcome.stops,
                total.answered + outcome.answered,
                total.lost + outcome.lost,
                max(total.longest_gap, outcome.longest_gap),
            )
    show("**all**", total)
    for lost in total.lost[:10]:
        print(lost, file=sys.stderr)
    return 1 if total.lost else 0


def show(name: str, outcome: Outcome) -> None:
    """Print a line of the table."""
    print(
        f"| {name} | {outcome.stops} | {outcome.answered:,} | {len(outcome.lost)} "
        f"| {outcome.longest_gap:.2f} s |",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
