"""What is measured, each kind with its rounds interleaved between the peers."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import psycopg

from benchmarks import offered_load, wrk
from benchmarks.peers import COOKIECUTTER_DJANGO, GTHREAD, PROJECT, STOCK, Peer
from benchmarks.server import HEADERS, STARTED, Server, Site

PAGES: Final = {
    "async view": ("/async/", "Hello"),
    "sync view": ("/sync/", "Hello"),
    "one row, async": ("/row/async/", "Row 1"),
    "one row, sync": ("/row/sync/", "Row 1"),
}
"""The pages that all peers serve, and what they answer."""

COMPUTED: Final = {"computed view": ("/computed/", "Sum 299995")}
"""A page that keeps a CPU busy, where its share of a request matters."""

LEVELS: Final = (8, 16, 32, 64, 128, 256, 512)
CONNECTIONS: Final = 32
"""At how many connections peers are compared."""

ROOM: Final = 2000
"""Connections that PostgreSQL must allow for a peer that leaks one with each request."""


@dataclass(frozen=True)
class Plan:
    """How long everything is measured. Rounds last seconds.

    connections: how many each peer is asked by when all are compared. more: pages besides `PAGES`.
    warm_ups: rounds before those that count.
    """

    peers: tuple[Peer, ...]
    rounds: int
    seconds: int
    levels: tuple[int, ...]
    level_rounds: int
    level_seconds: int
    starts: int
    offered_seconds: int
    calls: int
    connections: int = CONNECTIONS
    more: dict[str, tuple[str, str]] = field(default_factory=dict)
    warm_ups: int = 1
    offered_rounds: int = 3


@dataclass
class Sample:
    """A round: answers a second, milliseconds, and the most threads and connections seen."""

    rate: float
    p50: float
    p99: float
    threads: int
    connections: int


@dataclass
class Results:
    """Everything that was measured; by name of page or file, then by peer."""

    throughput: dict[str, dict[str, list[Sample]]] = field(default_factory=dict)
    concurrency: dict[str, dict[str, dict[int, list[Sample]]]] = field(default_factory=dict)
    offered: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    offered_rate: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    starts: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    in_process: dict[str, float] = field(default_factory=dict)

    def rate(self, page: str, peer: Peer) -> float:
        """Return the median of the answers a second."""
        return statistics.median(sample.rate for sample in self.throughput[page][peer.name])

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)


class Measurements:
    """The peers, running side by side, and what they give."""

    def __init__(self, site: Site, plan: Plan, port: int, say: Callable[[str], None]) -> None:
        """Start nothing yet: `with` does. Ports from `port` on are used, one for each peer."""
        self.site = site
        self.plan = plan
        self.say = say
        self.results = Results()
        self.ports = {peer: port + number for number, peer in enumerate(plan.peers)}
        self.servers: dict[Peer, Server] = {}
        self._stack = ExitStack()
        self._watch: psycopg.Connection[tuple[int]]

    def __enter__(self) -> Measurements:
        """Start all peers."""
        url = self.site.database_url
        self._watch = self._stack.enter_context(psycopg.connect(url, autocommit=True))
        for peer in self.plan.peers:
            self._start(peer)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all peers."""
        for server in self.servers.values():
            server.stop()
        self._stack.close()

    def _start(self, peer: Peer) -> None:
        if peer in self.servers:
            self.servers[peer].stop()
        server = self.servers[peer] = Server(peer, self.site, self.ports[peer])
        with named(peer):
            server.wait_until_ready("/async/")
            for path, expected in (PAGES | self.plan.more).values():
                answer, _ = server.get(path)
                if answer != expected:
                    raise wrk.PeerError(f"{path} answers {answer[:200]!r}")

    def throughput(self, files: Mapping[str, str]) -> None:
        """Compare all peers. files: names of static files, and their paths."""
        leaks = self._has_room()
        for round_ in range(self.plan.warm_ups + self.plan.rounds):
            for page, path, peers in self._runs(files):
                for peer in peers:
                    if peer.leaks and path.startswith("/row/"):
                        if not leaks:
                            continue
                        self._start(peer)
                    sample = self._load(peer, path, self.plan.connections, self.plan.seconds)
                    if round_ >= self.plan.warm_ups:
                        of_page = self.results.throughput.setdefault(page, {})
                        of_page.setdefault(peer.name, []).append(sample)
                    self.say(f"{page}: {peer.name}: {sample.rate:,.0f}/s")

    def _runs(self, files: Mapping[str, str]) -> Iterable[tuple[str, str, tuple[Peer, ...]]]:
        for page, (path, _) in (PAGES | self.plan.more).items():
            yield page, path, self.plan.peers
        for name, path in files.items():
            yield name, path, (PROJECT, COOKIECUTTER_DJANGO)
        yield "/livez", "/livez", (PROJECT,)

    def concurrency(self) -> None:
        """Compare the project with Django under ASGI and WSGI as connections grow in number."""
        for page in ("async view", "one row, async"):
            of_page = self.results.concurrency.setdefault(page, {})
            for level in self.plan.levels * self.plan.level_rounds:
                for peer in (PROJECT, STOCK, GTHREAD):
                    sample = self._load(peer, PAGES[page][0], level, self.plan.level_seconds)
                    of_page.setdefault(peer.name, {}).setdefault(level, []).append(sample)
                    self.say(f"{page}, {level} connections: {peer.name}: {sample.rate:,.0f}/s")

    def offered_load(self) -> None:
        """Compare project and stock at half of what stock can take."""
        for page in ("async view", "one row, async"):
            rate = self.results.rate(page, STOCK) / 2
            self.results.offered_rate[page] = rate
            for _ in range(self.plan.offered_rounds):
                for peer in (PROJECT, STOCK):
                    url = self.servers[peer].url + PAGES[page][0]
                    with named(peer):
                        p99 = offered_load.p99(
                            url, HEADERS, rate=rate, seconds=self.plan.offered_seconds
                        )
                    of_page = self.results.offered.setdefault(page, {})
                    of_page.setdefault(peer.name, []).append(p99)
                    self.say(f"{page}, {rate:,.0f} requests/s: {peer.name}: p99 {p99:.1f} ms")

    def memory(self) -> None:
        """Look how much memory the workers have after all of this."""
        for peer, server in self.servers.items():
            self.results.memory[peer.name] = server.memory()

    def starts(self) -> None:
        """Start the project and stock again and again, and time the first ten requests."""
        for _ in range(self.plan.starts):
            for peer in (PROJECT, STOCK):
                self.servers.pop(peer).stop()
                with named(peer), Server(peer, self.site, self.ports[peer]) as server:
                    ready = server.wait_until_ready("/async/")
                with named(peer):
                    server = Server(peer, self.site, self.ports[peer], LOG_LEVEL="INFO")
                    self.servers[peer] = server
                    server.wait_until_logged(STARTED)
                    times = offered_load.in_a_row(server.url + "/row/async/", HEADERS, number=10)
                of_peer = self.results.starts.setdefault(peer.name, [])
                of_peer.append({"ready": ready, "first": times[0], "tenth": times[9]})
                self.say(f"start: {peer.name}: {ready:.1f} s, first request {times[0]:.1f} ms")

    def in_process(self) -> None:
        """Measure the handler without a server."""
        self.say("in process, middleware by middleware")
        output = self.site.run("-m", "benchmark_site.in_process", "25", str(self.plan.calls))
        self.results.in_process = json.loads(output)

    def _load(self, peer: Peer, path: str, connections: int, seconds: int) -> Sample:
        server = self.servers[peer]
        with named(peer):
            run = wrk.start(server.url + path, HEADERS, connections=connections, seconds=seconds)
            threads = open_ = 0
            while run.poll() is None:
                try:
                    run.wait(0.4)
                except subprocess.TimeoutExpired:
                    threads = max(threads, server.threads())
                    open_ = max(open_, self._connections(server))
            load = wrk.finish(run)
        return Sample(*load, threads=threads, connections=open_)

    def _connections(self, server: Server) -> int:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        found = self._watch.execute(query, [server.application_name]).fetchone()
        return found[0] if found else 0

    def _has_room(self) -> bool:
        """Tell whether PostgreSQL allows the connections that a leaking peer takes."""
        found = self._watch.execute("SELECT current_setting('max_connections')::int").fetchone()
        return bool(found and found[0] >= ROOM)


@contextmanager
def named(peer: Peer) -> Iterator[None]:
    """Put the name of the peer before what failed."""
    try:
        yield
    except wrk.PeerError as error:
        raise wrk.PeerError(f"{peer.name}: {error}") from error
