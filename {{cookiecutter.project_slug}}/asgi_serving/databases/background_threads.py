"""The threads of the event loop: what `asyncio.to_thread` and its like run on."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, override

from asgi_serving.databases.request_connections import release


class BackgroundThreads(ThreadPoolExecutor):
    """Leaves no database connection open when a call is over.

    asyncio's own threads live as long as the process, and nobody ends what a call opened there:
    each would keep a connection of the pool, until none is left.
    """

    def __init__(self) -> None:
        """Start no thread yet; there are as many as asyncio would have."""
        super().__init__(thread_name_prefix="background")

    @override
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run the call, then release what connections it used."""

        def run_and_release() -> Any:
            try:
                return fn(*args, **kwargs)
            finally:
                release(thread_goes_on=False)

        return super().submit(run_and_release)
