"""Lanes: the reused, bounded threads on which Django's synchronous code runs.

A request takes a lane with its first synchronous call and keeps it to its end: all its
synchronous code sees one thread, and so one database connection. Stock Django starts a thread for
every request instead, and as many at a time as there are requests.
"""

import logging
import threading
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from typing import Any, override

logger = logging.getLogger("serving.lanes")

type Work = Callable[[], None]


class NoLaneFree(BaseException):
    """The request got no lane: too many waited already, or it waited too long.

    It is no Exception, so that neither a view nor a middleware takes it for its own failure.
    """


class Lane:
    """One thread that runs what it is given, in order."""

    def __init__(self, number: int) -> None:
        """Start the thread; it ends with the process."""
        work: SimpleQueue[Work] = SimpleQueue()
        self.put = work.put

        def run() -> None:
            while True:
                try:
                    work.get()()
                except BaseException:  # a lost lane would be a lost database connection
                    logger.exception("A lane failed at something that is not a request's")

        threading.Thread(target=run, name=f"lane-{number}", daemon=True).start()


class Lanes:
    """The lanes of a worker, and the requests that wait for one.

    size: most lanes, and so most threads and database connections of the worker's requests.
    queue: most requests that wait for a lane.
    wait: how long a request waits for one, in seconds.
    """

    def __init__(self, size: int, queue: int, wait: float) -> None:
        """Start no thread: a lane is started when it is first needed."""
        self.size = size
        self.queue = queue
        self.wait = wait
        self.started = 0
        self._free: list[Lane] = []
        self._waiting: deque[RequestLane] = deque()
        self._watches = False
        self._lock = threading.Lock()

    @property
    def busy(self) -> int:
        """The lanes that requests hold, or that still run something for one that ended."""
        return self.started - len(self._free)

    @property
    def waiting(self) -> int:
        """The requests that wait for a lane."""
        return len(self._waiting)

    def submit(self, request: "RequestLane", call: "_Call") -> bool:
        """Run a call on the request's lane, which it may get only now, or have to wait for.

        Returns False when too many requests wait already.
        """
        with self._lock:
            if request.lane is None and not request.early:
                if self._free:
                    request.bind(self._free.pop())
                elif self.started < self.size:
                    self.started += 1
                    request.bind(Lane(self.started))
                elif len(self._waiting) < self.queue:
                    request.waits_since = request.loop.time()
                    self._waiting.append(request)
                    if not self._watches:
                        self._watches = True
                        request.loop.call_soon_threadsafe(self._refuse_late, request.loop)
                else:
                    return False
            if request.lane is None:
                request.early.append(call)
            else:
                request.lane.put(call.run)
            return True

    def leave(self, request: "RequestLane") -> bool:
        """Take the request out of the queue. Returns False if it did not wait any more."""
        with self._lock:
            try:
                self._waiting.remove(request)
            except ValueError:
                return False
            return True

    def _refuse_late(self, loop: AbstractEventLoop) -> None:
        """Refuse those that have waited too long, and come back when the next one will have.

        One timer for all: one for each would keep thousands of ended requests in memory.
        """
        late = []
        with self._lock:
            while self._waiting and loop.time() >= self._waiting[0].waits_since + self.wait:
                late.append(self._waiting.popleft())
            self._watches = bool(self._waiting)
            if self._watches:
                loop.call_at(self._waiting[0].waits_since + self.wait, self._refuse_late, loop)
        for request in late:
            request.refuse(f"waited for {self.wait} seconds")

    def give_back(self, lane: Lane) -> None:
        """Give the lane to the request that has waited longest. The lane has nothing left to run."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().bind(lane)
            else:
                self._free.append(lane)


class RequestLane(Executor):
    """The executor of one request, for asgiref's `ThreadSensitiveContext(executor=…)`.

    begin and end run on the lane, before the first and after the last call of the request.
    needs_end tells there, after each call, whether end would do anything: if not, and nothing is
    left to run, the lane is free without being woken once more.
    """

    __slots__ = (
        "begin", "dirty", "early", "end", "lane", "lanes", "last", "loop", "needs_end", "refusal",
        "waits_since",
    )  # fmt: skip

    def __init__(self, lanes: Lanes, loop: AbstractEventLoop) -> None:
        """Take no lane yet: a request that is asynchronous throughout needs none."""
        self.lanes = lanes
        self.loop = loop
        self.lane: Lane | None = None
        self.early: list[_Call] = []
        self.refusal: NoLaneFree | None = None
        self.waits_since = 0.0
        self.begin: Work | None = None
        self.end: Work | None = None
        self.needs_end: Callable[[], bool] | None = None
        self.dirty = False
        self.last: Future[Any] | None = None

    @override
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run the call after all earlier ones. The future raises NoLaneFree if there is no lane."""
        call = _Call(self, fn, args, kwargs)
        self.last = call.future
        if self.lane is not None:
            self.lane.put(call.run)
        elif self.refusal is not None:
            call.future.set_exception(self.refusal)
        elif not self.lanes.submit(self, call):
            self.early.append(call)
            self.refuse("too many wait already")
        return call.future

    def bind(self, lane: Lane) -> None:
        """Begin on this lane with what was submitted so far."""
        if self.begin is not None:
            lane.put(self.begin)
        for call in self.early:
            lane.put(call.run)
        self.early.clear()
        self.lane = lane

    def finish(self) -> None:
        """Give the lane back once all that was submitted has run."""
        if self.lane is None and self.early and self.lanes.leave(self):
            for call in self.early:
                call.future.cancel()
        if self.lane is None:
            return
        if not self.dirty and self._has_run_everything():
            self.lanes.give_back(self.lane)
            return
        if self.end is not None:
            self.lane.put(self.end)
        self.lane.put(partial(self.lanes.give_back, self.lane))

    def _has_run_everything(self) -> bool:
        """Whether the last call ran; one that was cancelled may have had others before it."""
        return self.last is not None and self.last.done() and not self.last.cancelled()

    def refuse(self, reason: str) -> None:
        """Let all calls of the request fail, those that are still to come too."""
        self.refusal = NoLaneFree(reason)
        for call in self.early:
            if call.future.set_running_or_notify_cancel():
                call.future.set_exception(self.refusal)
        self.early.clear()


class _Call:
    """A call and its result."""

    __slots__ = ("args", "fn", "future", "kwargs", "request")

    def __init__(
        self,
        request: RequestLane,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.request = request
        self.fn = fn
        self.args = args
        self.kwargs = kwargs
        self.future: Future[Any] = Future()

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self.fn(*self.args, **self.kwargs)
        except BaseException as error:  # noqa: BLE001  # it belongs to who awaits the future
            self.request.dirty = True
            self.future.set_exception(error)
        else:
            needs_end = self.request.needs_end
            self.request.dirty = needs_end is None or needs_end()
            self.future.set_result(result)
