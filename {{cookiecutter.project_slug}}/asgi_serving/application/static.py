"""Static files, without Django: found and described by ServeStatic, sent from memory if small."""

import asyncio
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, override
from urllib.parse import urlsplit
from wsgiref.headers import Headers

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.exceptions import ImproperlyConfigured
from servestatic.asgi import ServeStaticASGI
from servestatic.responders import StaticFile

from asgi_serving.types import Application, Receive, Scope, Send

SMALL: Final = 64 * 1024
"""Bytes of a file that is kept in memory; a larger one is sent by ServeStatic, piece by piece."""

BUDGET: Final = 16 * 1024 * 1024
"""Most bytes of files that a worker keeps in memory."""

HEADERS: Final = {
    b"accept-encoding": "HTTP_ACCEPT_ENCODING",
    b"if-modified-since": "HTTP_IF_MODIFIED_SINCE",
    b"if-none-match": "HTTP_IF_NONE_MATCH",
}
"""The request headers that decide how a file is answered, by the names that ServeStatic knows."""


class StaticFilesMissing(ImproperlyConfigured):
    """`collectstatic` has not run: a server needs its files, and a command may not."""


def serves_static_files() -> bool:
    """Tell whether there are such files, on this host: not for every project."""
    return (
        apps.is_installed("django.contrib.staticfiles")
        and bool(settings.DEBUG or settings.STATIC_ROOT)
        and urlsplit(settings.STATIC_URL).path not in {"", "/"}
    )


class StaticFiles(ServeStaticASGI):
    """The collected files of `STATIC_ROOT`; while `DEBUG`, the files where they are written.

    A file with a hash in its name may be cached for ever, others for a minute.
    """

    def __init__(self, application: Application) -> None:
        """Leave what is no file to the application.

        Raises StaticFilesMissing: nothing was collected yet.
        """
        self.url_prefix = urlsplit(settings.STATIC_URL).path
        self._kept: dict[str, bytes] = {}
        self._read: dict[str, asyncio.Task[bytes]] = {}
        self._budget = BUDGET
        root = None if settings.DEBUG else Path(settings.STATIC_ROOT)
        if root and not root.is_dir():
            if _has_files():
                raise StaticFilesMissing(f"{root} is missing: run python manage.py collectstatic")
            root = None  # which makes no folder where there is no file
        if root and _lacks_manifest():
            raise StaticFilesMissing(
                f"{root} has no manifest, and pages that name a static file would fail: run "
                "python manage.py collectstatic"
            )
        super().__init__(
            _with_its_own_path(application),
            root=root,
            prefix=self.url_prefix,
            autorefresh=settings.DEBUG,
            max_age=0 if settings.DEBUG else 60,
            allow_all_origins=False,
            add_headers_function=_forbid_sniffing,
        )

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a small file from memory, and leave everything else to ServeStatic."""
        file = self.files.get(scope["path"])
        if isinstance(file, StaticFile) and scope["method"] in {"GET", "HEAD"}:
            headers = dict(scope["headers"])
            if b"range" not in headers:
                given = {
                    HEADERS[name]: str(headers[name], "latin-1")
                    for name in HEADERS.keys() & headers
                }
                if file.is_not_modified(given):
                    headers = file.not_modified_response.headers
                    await _send(send, HTTPStatus.NOT_MODIFIED, headers, b"")
                    return
                path, headers = file.get_path_and_headers(given)
                content = self._kept.get(path) or await self._keep(path, headers)
                if content is not None:
                    await _send(send, HTTPStatus.OK, headers, content)
                    return
        await super().__call__({**scope, "path": _as_latin_1(scope["path"])}, receive, send)

    async def _keep(self, path: str, headers: list[tuple[str, str | None]]) -> bytes | None:
        """Return the content of a file that is small, and remember it while the budget lasts.

        Those who ask for it at the same time wait for one reading.
        """
        if (reading := self._read.get(path)) is None:
            size = int(dict(headers)["Content-Length"] or SMALL + 1)
            if size > min(SMALL, self._budget):
                return None
            self._budget -= size
            reading = asyncio.create_task(asyncio.to_thread(Path(path).read_bytes))
            reading.add_done_callback(partial(self._has_read, path, size))
            self._read[path] = reading
        return await asyncio.shield(reading)

    def _has_read(self, path: str, size: int, reading: asyncio.Task[bytes]) -> None:
        del self._read[path]
        if reading.cancelled() or reading.exception():
            self._budget += size
        else:
            self._kept[path] = reading.result()

    @override
    def candidate_paths_for_url(self, url: str) -> Iterator[str]:
        """Yield where a file may be, by the finders that `collectstatic` uses."""
        if path := finders.find(url.removeprefix(self.url_prefix)):
            yield path


def _has_files() -> bool:
    """Tell whether `collectstatic` would find a file."""
    return any(True for finder in finders.get_finders() for _ in finder.list([]))


def _as_latin_1(path: str) -> str:
    """Return a path as WSGI has it, which ServeStatic expects of ASGI, too."""
    return path.encode().decode("latin-1")


def _with_its_own_path(application: Application) -> Application:
    """Return the application, which gets the path of a request as ASGI has it again."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].encode("latin-1").decode()
        await application({**scope, "path": path}, receive, send)

    return call


def _lacks_manifest() -> bool:
    """Tell whether the storage takes names from a manifest, insists on it, and found none."""
    storage: Any = staticfiles_storage
    if not isinstance(storage, ManifestFilesMixin):
        return False
    return storage.manifest_strict and storage.read_manifest() is None


async def _send(
    send: Send, status: HTTPStatus, headers: list[tuple[str, str | None]], content: bytes
) -> None:
    encoded = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in headers
        if value is not None
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": encoded})
    await send({"type": "http.response.body", "body": content})


def _forbid_sniffing(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
