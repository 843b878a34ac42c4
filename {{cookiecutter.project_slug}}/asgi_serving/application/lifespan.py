"""Start and stop of a worker: what the first request needs is ready before it comes."""

import asyncio
import logging
import threading
from concurrent.futures import Future
from typing import Final

from asgi_serving.application.warming import warm_up
from asgi_serving.databases.background_threads import BackgroundThreads
from asgi_serving.databases.pools import close_databases, open_databases
from asgi_serving.telemetry.start import stop_telemetry
from asgi_serving.types import Receive, Scope, Send

logger = logging.getLogger("asgi_serving.application.lifespan")

OPEN_WITHIN: Final = 10.0
"""How long a database may take to answer at the start, in seconds."""

UNREACHABLE: Final = "The database cannot be reached"


class Lifespan:
    """ASGI application for the lifespan protocol.

    require_database: whether an unreachable database fails the start. A worker that replaces
    another one starts all the same and waits for the database: pages that need none are served.
    """

    def __init__(self) -> None:
        """Require the database."""
        self.require_database = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the server's start-up and shutdown events."""
        await receive()
        asyncio.get_running_loop().set_default_executor(BackgroundThreads())
        await asyncio.to_thread(warm_up)
        if reason := await _why_not_open():
            if self.require_database:
                await send({"type": "lifespan.startup.failed", "message": reason})
                return
            logger.error("%s", reason)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(close_databases)
        await asyncio.to_thread(stop_telemetry)
        await send({"type": "lifespan.shutdown.complete"})


async def _why_not_open() -> str:
    """Open the databases; return why that cannot be done, or "".

    A host that does not answer may keep a connection waiting for minutes: its thread is left alone
    then, and ends with the process at the latest.
    """
    opened: Future[None] = Future()

    def open_all() -> None:
        try:
            open_databases()
        except Exception as error:  # noqa: BLE001  # a driver may raise anything
            opened.set_exception(error)
        else:
            opened.set_result(None)

    threading.Thread(target=open_all, name="opens databases", daemon=True).start()
    opening = asyncio.wrap_future(opened)
    await asyncio.wait({opening}, timeout=OPEN_WITHIN)
    if not opening.done():
        opening.add_done_callback(_tell_of_failure)
        return f"{UNREACHABLE}: no answer in {OPEN_WITHIN:g} seconds"
    error = opening.exception()
    return _in_one_line(error) if error else ""


def _tell_of_failure(opening: asyncio.Future[None]) -> None:
    if not opening.cancelled() and (error := opening.exception()):
        logger.error("%s", _in_one_line(error))


def _in_one_line(error: BaseException) -> str:
    return f"{UNREACHABLE}: {' '.join(str(error).split()) or type(error).__name__}"
