"""Uvicorn's HTTP protocol, without trailers.

What a client writes after a chunked body would become headers of its request, those too by which a
proxy tells whose request it is. A server may ignore trailers:
https://www.rfc-editor.org/rfc/rfc9110#section-6.5.1
"""

from importlib.util import find_spec
from typing import Any, override

if find_spec("httptools"):
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    class HttpProtocol(HttpToolsProtocol):
        """`HttpToolsProtocol` that takes nothing for a header when the headers are complete."""

        @override
        def on_headers_complete(self) -> None:
            """Start the request, and leave its headers as they are from now on."""
            super().on_headers_complete()
            if not self.parser.should_upgrade():
                self.headers = []

    HTTP_PROTOCOL: Any = HttpProtocol
else:
    HTTP_PROTOCOL = "auto"  # Uvicorn takes h11 then, which keeps trailers apart
