"""The ASGI scope of what a test client says in the way of WSGI."""

from __future__ import annotations

from typing import Any

NOT_PREFIXED = {"CONTENT_TYPE", "CONTENT_LENGTH"}


def scope_of(environ: dict[str, Any]) -> dict[str, Any]:
    """Return the scope of a request; what has no place in one, as REMOTE_USER, is lost."""
    prefix = _path(environ.get("SCRIPT_NAME", ""))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": environ["REQUEST_METHOD"],
        "scheme": environ.get("wsgi.url_scheme", "http"),
        "root_path": prefix,
        "path": prefix + _path(environ["PATH_INFO"]),
        "query_string": _bytes(environ.get("QUERY_STRING", "")),
        "client": [environ.get("REMOTE_ADDR", "127.0.0.1"), 0],
        "server": [environ["SERVER_NAME"], environ["SERVER_PORT"]],
        "headers": [
            (name.removeprefix("HTTP_").replace("_", "-").lower().encode(), _bytes(value))
            for name, value in environ.items()
            if (name.startswith("HTTP_") or name in NOT_PREFIXED) and value not in {"", None}
        ],
    }


def _path(text: str) -> str:
    """Return the text that WSGI has in the form of Latin-1."""
    return _bytes(text).decode(errors="replace")


def _bytes(value: Any) -> bytes:
    text = str(value)
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:  # which a server would not have let through
        return text.encode()
