"""Start and stop of a worker: what the first request needs is ready before it comes."""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import DisallowedHost
from django.db.utils import OperationalError
from django.http import HttpRequest
from django.template.loader import get_template
from django.urls import get_resolver
from django.utils import translation

from asgi_serving.databases.background_threads import BackgroundThreads
from asgi_serving.databases.pools import close_databases, open_databases
from asgi_serving.types import Receive, Scope, Send

logger = logging.getLogger("asgi_serving.application.lifespan")


class Lifespan:
    """ASGI application for the lifespan protocol.

    require_database: whether an unreachable database fails the start. A worker that replaces
    another one starts all the same and waits for the database, for a failed start would stop
    the whole server.
    """

    def __init__(self) -> None:
        """Require the database."""
        self.require_database = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the server's start-up and shutdown events."""
        await receive()
        asyncio.get_running_loop().set_default_executor(BackgroundThreads())
        await asyncio.to_thread(warm_up)
        try:
            await asyncio.to_thread(open_databases)
        except OperationalError as error:
            reason = f"The database cannot be reached: {' '.join(str(error).split())}"
            if self.require_database:
                await send({"type": "lifespan.startup.failed", "message": reason})
                return
            logger.error("%s", reason)  # noqa: TRY400  # the reason says all
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(close_databases)
        await send({"type": "lifespan.shutdown.complete"})


def warm_up() -> None:
    """Import the URLs with their views, and compile what each request or page needs."""
    _ = get_resolver().reverse_dict
    request = HttpRequest()
    request.META = {"HTTP_HOST": "localhost", "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.5"}
    with translation.override(translation.get_language_from_request(request)):
        translation.gettext("")
    with suppress(DisallowedHost):
        request.get_host()
    if apps.is_installed("django.contrib.auth"):
        _ = str(get_user_model().objects.filter(pk=0).query)
    if not settings.DEBUG:
        for directory in [folder for engine in settings.TEMPLATES for folder in engine["DIRS"]]:
            for path in Path(directory).rglob("*.html"):
                get_template(path.relative_to(directory).as_posix())
