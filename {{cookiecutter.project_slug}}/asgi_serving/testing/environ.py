"""What a server makes of the request that Django's test client describes in the words of WSGI."""

from collections.abc import Iterator
from typing import Any

from django.core.handlers.wsgi import get_bytes_from_wsgi, get_path_info, get_script_name

OF_SCOPE = frozenset({"PATH_INFO", "QUERY_STRING", "REQUEST_METHOD", "SCRIPT_NAME"})
"""What `ASGIRequest` reads from the scope alone."""


def scope_of(environ: dict[str, Any]) -> tuple[dict[str, Any], bytes, dict[str, Any]]:
    """Return the ASGI scope, the body, and what a view finds in `request.META` besides.

    The last is what no server would tell, but a test may: `client.get("/", REMOTE_USER="ada")`.
    """
    root_path = get_script_name(environ)
    path = get_path_info(environ).replace("/", "", 1)  # as WSGIRequest
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": environ["SERVER_PROTOCOL"].rpartition("/")[2],
        "method": environ["REQUEST_METHOD"],
        "scheme": environ["wsgi.url_scheme"],
        "root_path": root_path,
        "path": f"{root_path.rstrip('/')}/{path}",
        "query_string": get_bytes_from_wsgi(environ, "QUERY_STRING", ""),
        "client": (environ["REMOTE_ADDR"], 0),
        "server": (environ["SERVER_NAME"], environ["SERVER_PORT"]),
        "headers": list(_headers(environ)),
    }
    meta = {
        name: value
        for name, value in environ.items()
        if name not in OF_SCOPE and not name.startswith("wsgi.")
    }
    return scope, _body(environ), meta


def _headers(environ: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    for name, value in environ.items():
        header = name.removeprefix("HTTP_")
        if header != name or name in {"CONTENT_LENGTH", "CONTENT_TYPE"}:
            # What cannot be in a header is given to the view as it is.
            encoded = str(value).encode("latin-1", "replace")
            yield header.lower().replace("_", "-").encode("latin-1", "replace"), encoded


def _body(environ: dict[str, Any]) -> bytes:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    stream = environ["wsgi.input"]
    body: bytes = stream.read(min(length, len(stream)) if hasattr(stream, "__len__") else length)
    return body
