"""The faults: what is done to the stack, and which pages must not notice."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import httpx
from stacks import Production, docker

from proofs.faults import clients
from proofs.faults.visitors import PAGES

HOLD: Final = 10
"""How long what is taken away stays away, in seconds."""


@dataclass(frozen=True)
class Fault:
    """do: does it, undoes it, and returns what the one who did it saw; unharmed: only 200 there.

    unhurried: whether others must not wait much longer meanwhile.
    """

    name: str
    do: Callable[[Production], str]
    unharmed: tuple[str, ...]
    unhurried: bool = False


def restart_postgresql(stack: Production) -> str:
    """Restart the database."""
    stack.compose("restart", "postgres")
    return ""


def pause_postgresql(stack: Production) -> str:
    """Stop the database without closing a connection, as a machine that hangs does."""
    with paused(stack, "postgres"):
        time.sleep(2 * HOLD)
    return ""


@contextlib.contextmanager
def paused(stack: Production, service: str) -> Iterator[None]:
    """Freeze the processes of a service."""
    stack.compose("pause", service)
    try:
        yield
    finally:
        stack.compose("unpause", service)


def take_all_connections(stack: Production) -> str:
    """Let somebody else take all connections that the database allows."""
    script = f"""
import os, time, psycopg
url = os.environ["DATABASE_URL"].replace("@", ":" + open(os.environ["DATABASE_PASSWORD_FILE"]).read().strip() + "@")
held = []
try:
    while True:
        held.append(psycopg.connect(url))
except psycopg.OperationalError:
    print(len(held), "taken", flush=True)
time.sleep({HOLD})
"""
    return stack.execute("web", "python", "-c", script).strip()


def stop_valkey(stack: Production) -> str:
    """Stop the cache."""
    stack.compose("stop", "valkey")
    time.sleep(HOLD)
    stack.compose("start", "valkey")
    return ""


def pause_valkey(stack: Production) -> str:
    """Stop the cache without closing a connection."""
    with paused(stack, "valkey"):
        time.sleep(HOLD)
    return ""


def cut_network(stack: Production) -> str:
    """Take web out of the networks of its services: no name is found, nothing is reached."""
    container = stack.compose("ps", "--quiet", "web").strip()
    networks = stack.inspect(
        "web", "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}"
    )
    cut = [name for name in networks.split() if name.endswith(("_back", "_cache"))]
    for network in cut:
        docker("network", "disconnect", "--force", network, container)
    time.sleep(HOLD)
    for network in cut:
        docker("network", "connect", "--alias", "web", network, container)
    return ""


def exhaust_memory(stack: Production) -> str:
    """Let a view eat until the container's limit ends its worker."""
    with stack.browser() as browser:
        return outcome(browser, "/eat/")


def block_loop(stack: Production) -> str:
    """Let an asynchronous view block its worker."""
    with stack.browser() as browser:
        return outcome(browser, "/block/")


def outcome(browser: httpx.Client, page: str) -> str:
    """Return the status of a page, or the kind of the failure."""
    try:
        return str(browser.get(page).status_code)
    except httpx.HTTPError as error:
        return type(error).__name__


def fill_disk(stack: Production) -> str:
    """Fill what uploads are spooled to, and upload."""
    stack.execute("web", "sh", "-c", "cd /tmp; dd if=/dev/zero of=full bs=1M 2>/dev/null; true")
    try:
        with stack.browser() as browser:
            full = browser.post("/upload/", files={"file": b"x" * 5_000_000}).status_code
    finally:
        stack.execute("web", "sh", "-c", "rm /tmp/full")
    with stack.browser() as browser:
        after = browser.post("/upload/", files={"file": b"x" * 5_000_000}).status_code
    return f"upload {full}, and {after} when there is room again"


def fail_migration(stack: Production) -> str:
    """Deploy a migration that fails; web is not replaced then."""
    slug = stack.folder.name
    migration = stack.folder / "fault_site" / "failing_migration.py"
    mount = f"{migration}:/app/{slug}/users/migrations/0002_failing.py:ro"
    output = stack.compose("run", "--rm", "-T", "--volume", mount, "migrate", check=False)
    left = stack.execute(
        "postgres", "psql", "-U", slug, "-Atc", "SELECT to_regclass('half_done') IS NULL"
    )
    return f"migrate ends with an error ({output.strip().splitlines()[-1]}); nothing is left: {left.strip()}"


def attack(number: int, client: clients.Client) -> Callable[[Production], str]:
    """Return a fault: so many clients of a kind at a time."""
    return lambda stack: clients.many(stack, number, client)


def talk(number: int, talked: clients.Talk) -> Callable[[Production], str]:
    """Return a fault: so many WebSockets of a kind at a time."""
    return lambda stack: clients.open_websockets(stack, number, talked)


DATABASE: Final = ("/read/", "/write/", "/visits/")
FAULTS: Final = (
    Fault("PostgreSQL is restarted", restart_postgresql, ("/plain/", "/cached/")),
    Fault("PostgreSQL hangs for 20 s", pause_postgresql, ("/plain/", "/cached/")),
    Fault(
        "PostgreSQL is out of connections for 10 s", take_all_connections, ("/plain/", "/cached/")
    ),
    Fault("Valkey is gone for 10 s", stop_valkey, ("/plain/", *DATABASE)),
    Fault("Valkey hangs for 10 s", pause_valkey, ("/plain/", *DATABASE)),
    Fault("No network and no DNS to the services for 10 s", cut_network, ("/plain/",)),
    Fault("A view eats all memory", exhaust_memory, ()),
    Fault("A view blocks the event loop", block_loop, ()),
    Fault("The disk for uploads is full", fill_disk, PAGES),
    Fault("A migration fails", fail_migration, PAGES),
    Fault("100 clients send a byte of headers a second", attack(100, clients.slow_headers), PAGES),
    Fault("100 clients send a byte of the body a second", attack(100, clients.slow_body), PAGES),
    Fault(
        "50 clients leave in the middle of an upload", attack(50, clients.leave_in_upload), PAGES
    ),
    Fault("2,000 clients ask for nothing", attack(2000, clients.stay_idle), PAGES),
    Fault("1 MB of headers", attack(1, clients.large_headers), PAGES),
    Fault("A body of 10 GB is declared", attack(1, clients.declare_much), PAGES),
    Fault("What is no HTTP", attack(1, clients.speak_nonsense), PAGES),
    Fault(
        "40 clients do not read a page of 5 MB",
        attack(40, clients.read_nothing),
        PAGES,
        unhurried=True,
    ),
    Fault("40 streams of events", attack(40, clients.watch_events), PAGES, unhurried=True),
    Fault(
        "200 uploads of 2.5 MB without an end",
        attack(200, clients.leave_unfinished(2_500_000)),
        PAGES,
    ),
    Fault(
        "60 uploads of 9.8 MB without an end",
        attack(60, clients.leave_unfinished(9_800_000)),
        PAGES,
    ),
    Fault("500 WebSockets at a time", talk(500, clients.echo), PAGES),
    Fault("80 messages of WebSockets without an end", talk(80, clients.never_end_a_message), PAGES),
)
