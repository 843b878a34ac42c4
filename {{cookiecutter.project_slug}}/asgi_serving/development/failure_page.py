"""What is served while the project cannot be loaded: the reason, until it is mended."""

import os
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from asgi_serving.types import Receive, Scope, Send

PAGE: Final = Template(Path(__file__).with_suffix(".html").read_text("utf-8"))


class FailurePage:
    """ASGI application that answers everything with status 500 and the reason."""

    def __init__(self, text: str) -> None:
        """Show this text: a traceback, or a sentence."""
        # By it the page knows whether it is still this process that answers.
        self.mark = str(os.getpid())
        self.text = text
        title = text.strip().rpartition("\n")[2]
        self.page = PAGE.substitute(title=escape(title), text=escape(text), mark=self.mark)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a browser with a page, and others with the text; refuse a WebSocket."""
        await receive()
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1011})
            return
        wants_page = b"text/html" in dict(scope["headers"]).get(b"accept", b"")
        kind, body = ("html", self.page) if wants_page else ("plain", self.text)
        headers = [
            (b"content-type", f"text/{kind}; charset=utf-8".encode()),
            (b"cache-control", b"no-store"),
            (b"x-load-failure", self.mark.encode()),
        ]
        await send({"type": "http.response.start", "status": 500, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode(errors="replace")})
