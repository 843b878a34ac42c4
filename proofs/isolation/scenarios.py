"""What visitors do, and what later ones look for: one line a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True)
class Scenario:
    """What the first visitors do, on each thread at once, and where the next ones look.

    site: which middleware there is (`site/sites.py`).
    page: what the first visitors ask for (`site/urls.py`).
    trace: what they leave, and what the next ones look for (`site/traces.py`).
    leaves: they leave before the answer is made, while the page waits or computes.
    then: on which connection the next ones come; `upload` is the first visitors', of 300 kB.
    clean: nobody may see anything, whatever other servers show.
    session: they are logged in, each as another user.
    alone: there is only one of them.
    locked: their database, an SQLite of its own, is locked until they have left.
    receiver: the site has a receiver of `request_finished`.
    suites: of the servers it runs on.
    """

    group: str
    name: str
    site: str
    trace: str
    page: str = "sync"
    leaves: bool = False
    then: Literal["others", "keep-alive", "upload", "pipelined"] = "others"
    clean: bool = False
    session: bool = False
    alone: bool = False
    locked: bool = False
    own_database: bool = False
    receiver: bool = False
    suites: tuple[str, ...] = ("main",)

    @property
    def key(self) -> str:
        """A name for gates, databases and thread-local variables."""
        return "".join(c if c.isalnum() else "_" for c in f"{self.group}_{self.name}").lower()


ENDS: Final = {
    "answered, sync view": ("sync", False),
    "answered, async view": ("async", False),
    "the sync view fails": ("sync-fails", False),
    "the async view fails": ("async-fails", False),
    "the client leaves an async view that waits": ("async", True),
    "the client leaves a sync view that computes": ("sync", True),
    "the client leaves an async stream": ("stream", True),
    "the client leaves a sync stream": ("stream-sync", True),
}
"""What happens to a first request: its page, and whether its client leaves."""

CUT_SHORT: Final = {name: end for name, end in ENDS.items() if end[1]}

CLEANED: Final = {
    "after": "`threading.local`, cleaned after `get_response`",
    "mixin": "`threading.local`, cleaned in `process_response`",
    "finally": "`threading.local`, cleaned in `finally`",
    "never": "`threading.local`, never cleaned",
}

CONNECTION: Final = {
    "attribute": "`connection.tenant = …`",
    "wrapper": "`connection.execute_wrappers`",
    "cursor": "`connection.force_debug_cursor`",
}
TRANSACTIONS: Final = {
    "autocommit": "`set_autocommit(False)`, on SQLite",
    "atomic": "`atomic` entered and never left, on SQLite",
}
SESSIONS: Final = {
    "role": "`SET ROLE`",
    "search path": "`SET search_path`",
    "variable": "`set_config('app.user', …, false)`",
    "temporary table": "a temporary table",
    "advisory lock": "an advisory lock",
    "listen": "`LISTEN`",
}
CONTEXT: Final = "Context variables, language, time zone"
PACKAGES: Final = {
    "multitenant": ("django-multitenant, its documentation's middleware", "multitenant"),
    "multitenant-shipped": ("django-multitenant, its own middleware", "multitenant"),
    "crum": ("django-crum", "crum"),
    "structlog": ("django-structlog", "structlog"),
    "history": ("django-simple-history", "history"),
    "auditlog": ("django-auditlog", "auditlog"),
}


def scenarios() -> Iterator[Scenario]:
    """Yield all that have first and next visitors."""
    yield from _thread_locals()
    yield from _contexts()
    yield from _connections()
    yield from _packages()


def _thread_locals() -> Iterator[Scenario]:
    for site, group in CLEANED.items():
        for name, (page, leaves) in ENDS.items():
            yield Scenario(group, name, site, "thread", page, leaves=leaves)
        yield Scenario(
            group, "the client leaves while `atomic` is entered", site, "thread and transaction",
            "atomic", leaves=True, alone=True, locked=True, own_database=True,
        )  # fmt: skip


def _contexts() -> Iterator[Scenario]:
    for site, where in {"plain": "set in", "context": "and by middleware, with"}.items():
        for page in ("sync", "async"):
            for then in ("others", "keep-alive", "upload", "pipelined"):
                name = f"{where} {'an' if page == 'async' else 'a'} {page} view; then {then}"
                yield Scenario(
                    CONTEXT, name, site, "context", page, then=then, clean=True,
                    suites=("main", "asyncio"),
                )  # fmt: skip


def _connections() -> Iterator[Scenario]:
    for receiver in (False, True):
        suffix = " (own receiver)" if receiver else ""
        for traces, group, alone in (
            (CONNECTION, "The connection of a thread", False),
            (TRANSACTIONS, "A transaction left open", True),
            (SESSIONS, "A session of PostgreSQL in the pool", False),
        ):
            for trace, name in traces.items():
                yield Scenario(
                    group, name + suffix, "plain", trace, clean=True, alone=alone,
                    own_database=alone, receiver=receiver,
                )  # fmt: skip


def _packages() -> Iterator[Scenario]:
    for site, (group, trace) in PACKAGES.items():
        for name, (page, leaves) in CUT_SHORT.items():
            yield Scenario(group, name, site, trace, page, leaves=leaves, session=True)
    for name, (page, leaves) in ENDS.items():
        if "fails" not in name:
            yield Scenario(
                "django-silk", name, "silk", "silk", page, leaves=leaves, session=True,
                suites=("reports",),
            )  # fmt: skip
