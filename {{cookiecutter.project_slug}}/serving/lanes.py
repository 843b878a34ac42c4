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
                    self._waiting.append(request)
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

    def give_back(self, lane: Lane) -> None:
        """Give the lane to the request that has waited longest. The lane itself calls this."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().bind(lane)
            else:
                self._free.append(lane)


class RequestLane(Executor):
    """The executor of one request, for asgiref's `ThreadSensitiveContext(executor=…)`.

    begin and end run on the lane, before the first and after the last call of the request.
    """

    __slots__ = ("begin", "early", "end", "lane", "lanes", "loop", "refusal")

    def __init__(self, lanes: Lanes, loop: AbstractEventLoop) -> None:
        """Take no lane yet: a request that is asynchronous throughout needs none."""
        self.lanes = lanes
        self.loop = loop
        self.lane: Lane | None = None
        self.early: list[_Call] = []
        self.refusal: NoLaneFree | None = None
        self.begin: Work | None = None
        self.end: Work | None = None

    @override
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run the call after all earlier ones. The future raises NoLaneFree if there is no lane."""
        call = _Call(fn, args, kwargs)
        if self.lane is not None:
            self.lane.put(call.run)
        elif self.refusal is not None:
            call.future.set_exception(self.refusal)
        elif not self.lanes.submit(self, call):
            self.refusal = NoLaneFree("too many wait already")
            call.future.set_exception(self.refusal)
        elif self.early == [call]:
            # The loop's own thread calls this nearly always, but need not.
            self.loop.call_soon_threadsafe(self.loop.call_later, self.lanes.wait, self._give_up)
        return call.future

    def bind(self, lane: Lane) -> None:
        """Begin on this lane with what was submitted so far."""
        if self.begin is not None:
            lane.put(self.begin)
        for call in self.early:
            lane.put(call.run)
        self.lane = lane

    def finish(self) -> None:
        """Give the lane back once all that was submitted has run."""
        if self.lane is None and self.early and self.lanes.leave(self):
            for call in self.early:
                call.future.cancel()
        if self.lane is not None:
            if self.end is not None:
                self.lane.put(self.end)
            self.lane.put(partial(self.lanes.give_back, self.lane))

    def _give_up(self) -> None:
        if self.lane is None and self.lanes.leave(self):
            self.refusal = NoLaneFree(f"waited for {self.lanes.wait} seconds")
            for call in self.early:
                call.future.set_exception(self.refusal)


class _Call:
    """A call and its result."""

    __slots__ = ("args", "fn", "future", "kwargs")

    def __init__(
        self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
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
            self.future.set_exception(error)
        else:
            self.future.set_result(result)
