"""What is served while the project cannot be loaded: the reason, until it is mended."""

import linecache
import os
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from asgi_serving.development.files import NOT_WATCHED, PROJECT
from asgi_serving.types import Receive, Scope, Send

PAGE: Final = Template(Path(__file__).with_suffix(".html").read_text("utf-8"))
LIBRARY: Final = Path(__file__).resolve().parent.parent
FRAME: Final = re.compile(r'  File "(.+)", line (\d+)')
"""How a line of a traceback begins that names a place in the code."""

AROUND: Final = 3
"""How many lines of code are shown before and after the one that failed."""


class FailurePage:
    """ASGI application that answers everything with status 500 and the reason."""

    def __init__(self, text: str) -> None:
        """Show this text: a traceback, or a sentence."""
        # By it the page knows whether it is still this process that answers.
        self.mark = str(os.getpid())
        self.text = text
        error = error_of(text)
        self.page = PAGE.substitute(
            title=escape(error.partition("\n")[0]),
            error=escape(error),
            place="\n".join(_place(text)),
            text="\n".join(_marked(text)),
            mark=self.mark,
        )

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


def error_of(text: str) -> str:
    """Return what a traceback ends with, the exception and its message; a sentence as it is."""
    lines = text.strip().splitlines()
    frames = [number for number, line in enumerate(lines) if FRAME.match(line)]
    if not frames:
        return lines[-1]
    rest = iter(lines[frames[-1] + 1 :])
    return "\n".join([next((line for line in rest if line[:1].strip()), lines[-1]), *rest])


def _is_own(file: str) -> bool:
    """Whether a file was written by the team: in their project, and neither installed nor ours."""
    path = Path(file)
    return (
        path.is_relative_to(PROJECT)
        and not path.is_relative_to(LIBRARY)
        and NOT_WATCHED.isdisjoint(path.parts[len(PROJECT.parts) :])
    )


def _place(text: str) -> Iterator[str]:
    """Yield the page's lines about the last place in the team's own code, if there is any."""
    places = [found for line in text.splitlines() if (found := FRAME.match(line))]
    own = [found.groups() for found in places if _is_own(found[1])]
    if not own:
        return
    file, number = own[-1][0], int(own[-1][1])
    yield f"<h2>{escape(str(Path(file).relative_to(PROJECT)))}, line {number}</h2>\n<pre>"
    linecache.checkcache(file)
    for at, code in enumerate(linecache.getlines(file), start=1):
        if abs(at - number) <= AROUND:
            line = escape(f"{at:>4}  {code}".rstrip())
            yield f"<mark>{line}</mark>" if at == number else line
    yield "</pre>"


def _marked(text: str) -> Iterator[str]:
    """Yield the lines of a traceback, those about the team's own code marked."""
    own = False
    for line in text.splitlines():
        if frame := FRAME.match(line):
            own = _is_own(frame[1])
        elif line[:1].strip():
            own = False
        yield f"<mark>{escape(line)}</mark>" if own else escape(line)
