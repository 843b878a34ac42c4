"""What a request leaves at its database connections is gone when the next one uses the thread."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction
from pytest_django import DjangoDbBlocker, Settings

from asgi_serving.databases import session_reset
from asgi_serving.databases.background_threads import BackgroundThreads
from asgi_serving.databases.request_connections import are_open, release

type OnThread = Callable[[Callable[[], Any]], Any]


@pytest.fixture(autouse=True)
def unblocked(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Databases without a transaction of the test around it all."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def on_thread() -> Iterator[OnThread]:
    """What runs something on one thread, which is no test's and whose connections are its own."""
    with ThreadPoolExecutor(1) as executor:
        yield lambda work: executor.submit(work).result()
        executor.submit(connections.close_all).result()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """The alias of a SQLite database in a file."""
    default = connections.settings["default"]
    test: dict[str, Any] = {"TEST": {**default["TEST"], "MIRROR": None}}
    connections.settings["file"] = {
        **default,
        **test,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path / "db.sqlite3"),
        "OPTIONS": {},
        "CONN_MAX_AGE": 0,
    }
    query("file", "CREATE TABLE visits (id int)")
    connections["file"].close()
    del connections["file"]
    yield "file"
    del connections.settings["file"]


def query(alias: str, statement: str = "SELECT 1") -> Any:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone() if cursor.description else None


def test_what_a_wrapper_was_given_is_gone(on_thread: OnThread, database: str) -> None:
    def use() -> Any:
        query(database)
        wrapper: Any = connections[database]
        wrapper.tenant = "ada"
        wrapper.force_debug_cursor = True
        wrapper.execute_wrappers.append(lambda execute, *call: execute(*call))
        return wrapper

    used = on_thread(use)
    on_thread(release)
    assert used.connection is None
    assert on_thread(are_open) is False
    fresh = on_thread(lambda: connections[database])
    assert fresh is not used
    assert not hasattr(fresh, "tenant")
    assert (fresh.force_debug_cursor, fresh.execute_wrappers) == (False, [])


def leave_atomic_open(alias: str) -> None:
    transaction.atomic(alias).__enter__()
    query(alias, "INSERT INTO visits VALUES (1)")


def leave_transaction_open(alias: str) -> None:
    transaction.set_autocommit(False, alias)
    query(alias, "INSERT INTO visits VALUES (1)")


@pytest.mark.parametrize("leave", [leave_atomic_open, leave_transaction_open])
def test_transaction_that_was_left_open_is_rolled_back(
    on_thread: OnThread, database: str, leave: Callable[[str], None]
) -> None:
    on_thread(lambda: leave(database))
    on_thread(release)
    assert on_thread(lambda: query(database, "SELECT count(*) FROM visits")) == (0,)
    assert on_thread(lambda: connections[database].in_atomic_block) is False


def test_connection_that_is_kept_gets_a_new_wrapper(on_thread: OnThread, database: str) -> None:
    connections.settings[database]["CONN_MAX_AGE"] = 60

    def use() -> tuple[Any, Any]:
        query(database)
        wrapper: Any = connections[database]
        wrapper.tenant = "ada"
        return wrapper, wrapper.connection

    used, session = on_thread(use)
    on_thread(release)
    kept: Any = on_thread(lambda: connections[database])
    assert kept is not used
    assert not hasattr(kept, "tenant")
    assert kept.connection is session
    assert kept.close_at > time.monotonic()
    assert on_thread(lambda: query(database)) == (1,)
    on_thread(lambda: release(thread_goes_on=False))
    assert on_thread(are_open) is False


def leave_too_old(alias: str) -> None:
    query(alias)
    wrapper: Any = connections[alias]
    wrapper.close_at = time.monotonic()


@pytest.mark.parametrize("leave", [leave_atomic_open, leave_transaction_open, leave_too_old])
def test_connection_is_not_kept_in_an_open_transaction_or_for_too_long(
    on_thread: OnThread, database: str, leave: Callable[[str], None]
) -> None:
    connections.settings[database]["CONN_MAX_AGE"] = 60
    on_thread(lambda: leave(database))
    on_thread(release)
    assert on_thread(are_open) is False


def test_connection_that_cannot_be_closed_is_dropped_and_logged(
    on_thread: OnThread, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    def use() -> None:
        query(database)
        wrapper: Any = connections[database]
        close = wrapper.close

        def fail() -> None:
            close()
            raise RuntimeError("the server says no")

        wrapper.close = fail

    on_thread(use)
    on_thread(release)
    assert on_thread(are_open) is False
    assert "The connection to 'file' could not be closed" in caplog.text


def test_calls_on_the_threads_of_the_event_loop_leave_nothing_open(database: str) -> None:
    with BackgroundThreads() as threads:
        assert threads.submit(query, database, statement="SELECT 2").result() == (2,)
        with pytest.raises(ZeroDivisionError):
            threads.submit(lambda: (query(database), 1 / 0)).result()
        left = [threads.submit(are_open).result() for _ in range(20)]
    assert not any(left)


def test_threads_of_the_event_loop_keep_no_connection(database: str) -> None:
    connections.settings[database]["CONN_MAX_AGE"] = 60
    with BackgroundThreads() as threads:
        threads.submit(query, database).result()
        left = [threads.submit(are_open).result() for _ in range(20)]
    assert not any(left)


pooled = pytest.mark.skipif(connection.vendor == "sqlite", reason="only PostgreSQL has a pool")

LEFT = (
    "SET SESSION AUTHORIZATION pg_monitor",
    "SET ROLE pg_monitor",
    "SET search_path TO somebody",
    "SELECT set_config('app.user', 'ada', false)",
    "CREATE TEMPORARY TABLE basket (id int)",
    "SELECT pg_advisory_lock(7)",
    "LISTEN visits",
    "SET TIME ZONE 'Asia/Tokyo'",
    "SET default_transaction_read_only TO on",
    "DECLARE visits CURSOR WITH HOLD FOR SELECT 1",
)
STATE = """SELECT session_user, current_user, current_setting('search_path'),
    nullif(current_setting('app.user', true), ''), to_regclass('pg_temp.basket')::text,
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
    (SELECT count(*) FROM pg_listening_channels()), current_setting('TimeZone'),
    current_setting('default_transaction_read_only'), (SELECT count(*) FROM pg_cursors)"""


@pytest.fixture
def alone() -> Iterator[str]:
    """The alias of a PostgreSQL database with a pool of a single connection."""
    default = connections.settings["default"]
    options = {**default["OPTIONS"], "pool": {**default["OPTIONS"]["pool"]}}
    options["pool"] |= {"min_size": 1, "max_size": 1}
    connections.settings["alone"] = {**default, "OPTIONS": options}
    yield "alone"
    connections["alone"].close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
    del connections["alone"], connections.settings["alone"]


def close(alias: str) -> None:
    connections[alias].close()


def process(alias: str) -> int:
    number: int = query(alias, "SELECT pg_backend_pid()")[0]
    return number


@pooled
@pytest.mark.parametrize("statement", LEFT)
@pytest.mark.parametrize("given_back", ["at the end", "by the code"])
def test_session_of_a_pool_is_as_it_was(
    on_thread: OnThread, alone: str, statement: str, given_back: str
) -> None:
    before = on_thread(lambda: (process(alone), query(alone, STATE)))
    on_thread(release)
    on_thread(lambda: query(alone, statement))
    assert on_thread(lambda: query(alone, STATE)) != before[1]
    if given_back == "by the code":
        on_thread(lambda: close(alone))
    on_thread(release)
    assert on_thread(lambda: (process(alone), query(alone, STATE))) == before


@pooled
def test_session_keeps_its_role_and_its_time_zone(on_thread: OnThread, alone: str) -> None:
    asked = "SELECT current_user, current_setting('TimeZone')"
    on_thread(lambda: query(alone, asked))  # Django connects, with its own way to take a role
    connections.settings[alone]["OPTIONS"]["assume_role"] = "pg_monitor"
    for _ in range(3):
        on_thread(release)
        assert on_thread(lambda: query(alone, asked)) == ("pg_monitor", "UTC")


@pooled
def test_session_in_a_transaction_is_rolled_back_and_stays(on_thread: OnThread, alone: str) -> None:
    def leave() -> int:
        transaction.atomic(alone).__enter__()
        return process(alone)

    first = on_thread(leave)
    on_thread(release)
    assert on_thread(lambda: process(alone)) == first


@pooled
def test_session_that_cannot_be_reset_is_not_used_again(
    on_thread: OnThread, alone: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = on_thread(lambda: process(alone))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    on_thread(release)
    assert "could not be reset and is closed (DATABASE_SESSION_RESET)" in caplog.text
    assert on_thread(lambda: process(alone)) != first


@pooled
def test_session_that_cannot_be_reset_is_not_kept(on_thread: OnThread, alone: str) -> None:
    connections.settings[alone]["OPTIONS"] = {}
    connections.settings[alone]["CONN_MAX_AGE"] = 60
    kept = on_thread(lambda: process(alone))
    on_thread(release)
    assert on_thread(lambda: (are_open(), process(alone))) == (True, kept)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [kept])
    on_thread(release)
    assert on_thread(are_open) is False
    connections["alone"].close()


@pooled
def test_session_that_cannot_be_reset_is_not_handed_out(
    on_thread: OnThread, alone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = on_thread(lambda: process(alone))
    on_thread(lambda: close(alone))
    answers = iter([b"SELECT 1 / 0"])
    monkeypatch.setattr(session_reset, "_statements", lambda *_: next(answers))
    assert on_thread(lambda: process(alone)) != first
    assert list(answers) == []


@pooled
def test_session_that_nobody_used_is_not_reset(
    on_thread: OnThread, alone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_reset, "_statements", lambda *_: b"SELECT 1 / 0")
    assert on_thread(lambda: query(alone)) == (1,)


@pooled
def test_session_is_left_as_it_is_if_the_setting_says_so(
    on_thread: OnThread, alone: str, settings: Settings
) -> None:
    settings.ASGI_SERVING = {"DATABASE_SESSION_RESET": False}
    on_thread(lambda: query(alone, "SET search_path TO somebody"))
    on_thread(release)
    assert on_thread(lambda: query(alone, "SHOW search_path")) == ("somebody",)
