"""Visitors of the production site, who note what each page answers."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple

import httpx
from stacks import Production
from websockets.exceptions import WebSocketException

type Answer = tuple[str, str]
"""A status, or what went wrong; and the text that came with it."""

type Ask = Callable[[httpx.Client, str], Answer]
"""Asks for a page."""

PAUSE: Final = 0.1
"""Seconds between an answer and the next request of a visitor."""

RECOVERY: Final = 90
"""How long the site may take to be well again, in seconds."""


CALM: Final = 400
"""How many visits tell how long one waits usually."""


class Visit(NamedTuple):
    """A request: when it was sent, how long it took, in seconds, and what came back."""

    page: str
    began: float
    seconds: float
    outcome: str
    text: str


def get(browser: httpx.Client, page: str) -> Answer:
    """Ask for a page."""
    answer = browser.get(page)
    return str(answer.status_code), answer.text


PAGES: Final = ("/plain/", "/cached/", "/read/", "/write/", "/visits/")
GET_PAGES: Final[Mapping[str, Ask]] = dict.fromkeys(PAGES, get)


class Visitors:
    """One for each page, who asks again and again."""

    def __init__(self, stack: Production, pages: Mapping[str, Ask] = GET_PAGES) -> None:
        """Take the site and its pages; they come with `visiting`."""
        self.visits: list[Visit] = []
        self._stack = stack
        self._pages = pages
        self._left = threading.Event()

    def _visit(self, page: str) -> None:
        with self._stack.browser() as browser:
            while not self._left.is_set():
                began = time.monotonic()
                try:
                    outcome, text = self._pages[page](browser, page)
                except (httpx.HTTPError, OSError, WebSocketException) as error:
                    outcome, text = type(error).__name__, str(error)
                seconds = time.monotonic() - began
                self.visits.append(Visit(page, began, seconds, outcome, text))
                self._left.wait(PAUSE)

    @contextmanager
    def visiting(self) -> Iterator[None]:
        """Let them come for as long as the context lasts."""
        threads = [threading.Thread(target=self._visit, args=(page,)) for page in self._pages]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._left.set()
            for thread in threads:
                thread.join()

    def since(self, began: float) -> list[Visit]:
        """Return the visits that were not over at a moment."""
        return [visit for visit in self.visits if visit.began + visit.seconds >= began]

    def calm(self) -> list[Visit]:
        """Return the visits of some seconds in which nothing is done to the site."""
        began = time.monotonic()
        while len(visits := self.since(began)) < CALM:
            time.sleep(PAUSE)
        return visits

    def recovered(self, ended: float) -> float | None:
        """Wait until every page answers 200 three times in a row, all asked for after a moment.

        Returns how long after that moment the last page did so first, in seconds, or None when
        they did not in time.
        """
        while time.monotonic() < ended + RECOVERY:
            firsts = [self._well_since(page, ended) for page in self._pages]
            if all(first is not None for first in firsts):
                return max(first - ended for first in firsts if first is not None)
            time.sleep(PAUSE)
        return None

    def _well_since(self, page: str, ended: float) -> float | None:
        asked = [visit for visit in self.visits if visit.page == page and visit.began >= ended]
        well: list[Visit] = []
        for visit in asked:
            well = [*well, visit] if visit.outcome == "200" else []
        return well[0].began + well[0].seconds if len(well) >= 3 else None

    def rows(self) -> set[str]:
        """Return the rows that visitors were told are stored."""
        return {v.text for v in self.visits if v.page == "/write/" and v.outcome == "200"}


def p99(visits: Iterable[Visit]) -> float:
    """Return how long all but one in a hundred have waited at most, in seconds."""
    waits = sorted(visit.seconds for visit in visits)
    return waits[int(len(waits) * 0.99)]


def summary(visits: Iterable[Visit]) -> str:
    """Return what the pages answered other than 200, page by page, and the longest wait."""
    visits = list(visits)
    parts = []
    for page in PAGES:
        outcomes = Counter(v.outcome for v in visits if v.page == page and v.outcome != "200")
        if outcomes:
            counts = ", ".join(f"{number} × {outcome}" for outcome, number in outcomes.items())
            parts.append(f"`{page}` {counts}")
    well = sum(visit.outcome == "200" for visit in visits)
    longest = max((visit.seconds for visit in visits), default=0)
    return f"{'; '.join(parts) or 'only 200'}; {well} × 200; the longest wait {longest:.1f} s"
