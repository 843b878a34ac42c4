"""Connections on a Unix socket: their other end has no address, and it is on this machine."""

import socket
from collections.abc import Sequence
from typing import Final

from uvicorn import Config

from asgi_serving.types import Application, Receive, Scope, Send

THIS_MACHINE: Final = "127.0.0.1"


class UnixPeers:
    """ASGI application in front of another one, which sees the peer of a Unix socket as local."""

    def __init__(self, application: Application) -> None:
        """Take the application."""
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give who has none an address."""
        if scope["type"] != "lifespan" and scope.get("client") is None:
            scope["client"] = (THIS_MACHINE, 0)
        await self.application(scope, receive, send)


def trust_unix_peers(config: Config, sockets: Sequence[socket.socket]) -> None:
    """Believe what a proxy tells over a Unix socket, if there is one: who may open it is let in.

    Uvicorn trusts addresses, and a Unix socket gives it none: it would not believe that a request
    came by HTTPS, and Django would redirect it for ever.
    """
    if not any(listener.family == socket.AF_UNIX for listener in sockets):
        return
    trusted = config.forwarded_allow_ips
    if trusted != "*":
        given = trusted.split(",") if isinstance(trusted, str) else list(trusted or [])
        config.forwarded_allow_ips = [*map(str.strip, given), THIS_MACHINE]
    config.load()
    config.loaded_app = UnixPeers(config.loaded_app)
