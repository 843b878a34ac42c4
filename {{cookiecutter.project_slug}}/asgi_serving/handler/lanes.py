"""Lanes: the reused, bounded threads on which Django's synchronous code runs.

A request takes a lane with its first synchronous call and keeps it until its answer is made: all
its synchronous code sees one thread, and so one database connection. Stock Django starts a thread
for every request instead, and as many at a time as there are requests. What goes on for longer, a
stream or a WebSocket, takes a lane for each call.

What code keeps in a thread outlives the request there, as under a threaded WSGI server. There,
nobody ends a request halfway; under ASGI a client that leaves does, and what would have cleaned up
never runs. A thread on which that happened serves nobody else: its lane goes on with a new one.
"""

import logging
import threading
import time
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextvars import ContextVar
from functools import partial
from queue import SimpleQueue
from typing import Any, override

from asgiref.sync import AsyncToSync, SyncToAsync, ThreadSensitiveContext

logger = logging.getLogger("asgi_serving.handler.lanes")

type Work = Callable[[], None]


class NoLaneFree(BaseException):
    """The request got no lane: too many waited already, or it waited too long.

    It is no Exception, so that neither a view nor a middleware takes it for its own failure.
    retry_after: the seconds after which the client may well ask again.
    """

    def __init__(self, reason: str, retry_after: float) -> None:
        """Tell the reason in words."""
        super().__init__(reason)
        self.retry_after = max(1, round(retry_after))


class _ThreadEndsError(Exception):
    """Ends the thread of a lane which has a new one."""


class Lane:
    """One thread at a time that runs what it is given, in order."""

    def __init__(self, number: int) -> None:
        """Start the thread; it ends with the process, or when it is renewed."""
        self.name = f"lane-{number}"
        self._work: SimpleQueue[Work] = SimpleQueue()
        self.put = self._work.put
        self._start_thread()

    def renew(self) -> None:
        """Go on with a new thread, which knows nothing of what this one did.

        To be run on the lane itself.
        """
        while True:
            try:
                self._start_thread()
            except RuntimeError as error:  # the system has none to give
                logger.error("%s waits for a new thread: %s", self.name, error)  # noqa: TRY400  # the reason says all
                time.sleep(1)
            else:
                raise _ThreadEndsError

    def _start_thread(self) -> None:
        threading.Thread(target=self._run, name=self.name, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                self._work.get()()
            except _ThreadEndsError:
                break
            except BaseException:  # a lost lane would be a lost database connection
                logger.exception("A lane failed at something that is not a request's")


class Lanes:
    """The lanes of a worker, and the requests that wait for one.

    size: most lanes, and so most threads and database connections of the worker's requests.
    queue: most requests that wait for a lane before any of their view has run.
    wait: how long such a request waits for one, in seconds.
    reuse: whether the thread of a request that came to its end serves others. If not, each
    request has a thread that is new, as with stock Django, at the cost of starting it.
    """

    def __init__(self, size: int, queue: int, wait: float, *, reuse: bool = True) -> None:
        """Start no thread: a lane is started when it is first needed."""
        self.size = size
        self.queue = queue
        self.wait = wait
        self.reuse = reuse
        self.started = 0
        self._free: list[Lane] = []
        self._waiting: deque[RequestLane] = deque()
        self._admitted: deque[RequestLane] = deque()
        self._watches = False
        self._turned = time.monotonic()
        self._lock = threading.Lock()

    @property
    def busy(self) -> int:
        """The lanes that requests hold, or that still run something for one that ended."""
        return self.started - len(self._free)

    @property
    def waiting(self) -> int:
        """The requests that wait for a lane."""
        return len(self._waiting) + len(self._admitted)

    @property
    def stuck_for(self) -> float:
        """For how many seconds all lanes have been busy without one of them becoming free."""
        return time.monotonic() - self._turned if self.busy == self.size else 0

    def submit(self, request: "RequestLane", call: "_Call") -> bool:
        """Run a call on the request's lane, which it may get only now, or have to wait for.

        Returns False when too many requests wait already.
        """
        with self._lock:
            if request.lane is not None:
                request.lane.put(call.run)
                return True
            lane = None
            if not request.early and (lane := self._take()) is None:
                if request.admitted:
                    self._admitted.append(request)
                elif len(self._waiting) < self.queue:
                    request.waits_since = request.loop.time()
                    self._waiting.append(request)
                    if not self._watches:
                        self._watches = True
                        request.loop.call_soon_threadsafe(self._refuse_late, request.loop)
                else:
                    return False
            request.early.append(call)
            if lane is not None:
                request.bind(lane)
            return True

    def _take(self) -> Lane | None:
        """Return a free lane, or a new one while there may be more."""
        if not self._free:
            if self.started == self.size:
                return None
            self.started += 1
            self._free.append(Lane(self.started))
        self._turned = time.monotonic()
        return self._free.pop()

    def leave(self, request: "RequestLane") -> bool:
        """Take the request out of the queue. Returns False if it did not wait any more."""
        with self._lock:
            for queue in (self._waiting, self._admitted):
                if request in queue:
                    queue.remove(request)
                    return True
            return False

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
            request.refuse(f"it waited for {self.wait} seconds")

    def give_back(self, lane: Lane) -> None:
        """Give the lane to the request that has waited longest; one that has begun goes first.

        The lane has nothing left to run.
        """
        with self._lock:
            self._turned = time.monotonic()
            if queue := self._admitted or self._waiting:
                queue.popleft().bind(lane)
            else:
                self._free.append(lane)


def check_lanes(lanes: Lanes) -> None:
    """Raise RuntimeError when a request that needs a lane would wait for it in vain."""
    if lanes.stuck_for > lanes.wait:
        raise RuntimeError(
            f"all {lanes.size} lanes have been busy for {lanes.stuck_for:.0f} s, with no end"
        )


class RequestLane(Executor):
    """The executor of one request, for asgiref's `ThreadSensitiveContext(executor=…)`.

    admitted: whether some of the project's view may have run. Such a request waits for a lane for
    as long as it must; others may be refused.
    begin and end run on the lane, before the first and after the last call of the request; end is
    told whether the thread goes on.
    needs_end tells there, after each call, whether end would do anything: if not, and nothing is
    left to run, the lane is free without being woken once more.
    for_one_call: whether the lane is free again as soon as one call has run.
    finished: whether the lane was given back; what is called later takes one for each call.
    """

    __slots__ = (
        "admitted", "begin", "dirty", "early", "end", "finished", "for_one_call", "lane", "lanes",
        "last", "loop", "needs_end", "refusal", "waits_since",
    )  # fmt: skip

    def __init__(self, lanes: Lanes, loop: AbstractEventLoop) -> None:
        """Take no lane yet: a request that is asynchronous throughout needs none."""
        self.lanes = lanes
        self.loop = loop
        self.lane: Lane | None = None
        self.admitted = False
        self.early: list[_Call] = []
        self.refusal: NoLaneFree | None = None
        self.waits_since = 0.0
        self.begin: Work | None = None
        self.end: Callable[[bool], None] | None = None
        self.needs_end: Callable[[], bool] | None = None
        self.dirty = False
        self.last: Future[Any] | None = None
        self.for_one_call = False
        self.finished = False

    @override
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run the call after all earlier ones. The future raises NoLaneFree if there is no lane."""
        if self.finished:
            return LanePerCall(self.lanes, self.loop, self.end).submit(fn, *args, **kwargs)
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
        if self.for_one_call:
            self._give_back_after_all(lane, reuse=self.lanes.reuse)

    def finish(self, *, whole: bool) -> None:
        """Give the lane back once all that was submitted has run; only the first time counts.

        whole: whether the request came to its end. What code would have cleaned up in the thread
        of one that was cut short is still there, so nobody else gets that thread.
        """
        if self.finished:
            return
        self.finished = True
        if self.lane is None and self.early and self.lanes.leave(self):
            for call in self.early:
                call.future.cancel()
        if self.lane is None:
            return
        reuse = whole and self.lanes.reuse
        if reuse and not self.dirty and self._has_run_everything():
            self.lanes.give_back(self.lane)
        else:
            self._give_back_after_all(self.lane, reuse=reuse)

    def _give_back_after_all(self, lane: Lane, *, reuse: bool) -> None:
        if self.end is not None:
            lane.put(partial(self.end, reuse))
        if not reuse:
            lane.put(lane.renew)
        lane.put(partial(self.lanes.give_back, lane))

    def _has_run_everything(self) -> bool:
        """Whether the last call ran; one that was cancelled may have had others before it."""
        return self.last is not None and self.last.done() and not self.last.cancelled()

    def refuse(self, reason: str) -> None:
        """Let all calls of the request fail, those that are still to come too."""
        lanes = self.lanes
        logger.warning(
            "No lane is free, so a request is refused (%s): %d of %d busy, %d waiting",
            reason, lanes.busy, lanes.size, lanes.waiting,
        )  # fmt: skip
        self.refusal = NoLaneFree(reason, lanes.wait)
        for call in self.early:
            if call.future.set_running_or_notify_cancel():
                call.future.set_exception(self.refusal)
        self.early.clear()


class LanePerCall(Executor):
    """The executor of what has no end in sight: each call takes a lane, and gives it back.

    A call waits for a lane for as long as it must. Two calls at a time may run side by side.
    """

    def __init__(
        self, lanes: Lanes, loop: AbstractEventLoop, end: Callable[[bool], None] | None
    ) -> None:
        """Take what runs on the lane after each call, and is told whether the thread goes on."""
        self.lanes = lanes
        self.loop = loop
        self.end = end

    @override
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run the call on the next lane that is free."""
        lane = RequestLane(self.lanes, self.loop)
        lane.admitted = lane.for_one_call = True
        lane.end = self.end
        return lane.submit(fn, *args, **kwargs)


class LaneContext(ThreadSensitiveContext):
    """`ThreadSensitiveContext` for which the end of a request is not the end of its tasks.

    A task that a view has started and left behind may call synchronous code after the answer, as
    with stock Django. asgiref refuses that, for it cannot know that these executors go on.
    """

    @override
    async def __aexit__(self, *exception: object) -> None:
        """Leave the executor to the tasks that have this context."""
        if self.token is not None:
            SyncToAsync.thread_sensitive_context.reset(self.token)
            self.token = None
        AsyncToSync.executors.current = self._old_executor
        self._old_executor = None


current_lane: ContextVar[RequestLane | None] = ContextVar("current_lane", default=None)
"""The lane of the request that the code at hand is a part of."""


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
