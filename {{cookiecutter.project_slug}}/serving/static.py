"""Static files, served without Django by ServeStatic."""

from collections.abc import Iterator
from pathlib import Path
from typing import override
from urllib.parse import urlsplit
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from servestatic.asgi import ServeStaticASGI

from serving.types import Application


class StaticFiles(ServeStaticASGI):
    """The collected files of `STATIC_ROOT`; while `DEBUG`, the files where they are written.

    A file with a hash in its name may be cached for ever, others for a minute.
    """

    def __init__(self, application: Application) -> None:
        """Leave what is no file to the application.

        Raises ImproperlyConfigured: nothing was collected yet.
        """
        self.url_prefix = urlsplit(settings.STATIC_URL).path
        root = Path(settings.STATIC_ROOT)
        if not (settings.DEBUG or root.is_dir()):
            raise ImproperlyConfigured(f"{root} is missing: run python manage.py collectstatic")
        super().__init__(
            application,
            root=None if settings.DEBUG else root,
            prefix=self.url_prefix,
            autorefresh=settings.DEBUG,
            max_age=0 if settings.DEBUG else 60,
            allow_all_origins=False,
            add_headers_function=_forbid_sniffing,
        )

    @override
    def candidate_paths_for_url(self, url: str) -> Iterator[str]:
        """Yield where a file may be, by the finders that `collectstatic` uses."""
        if path := finders.find(url.removeprefix(self.url_prefix)):
            yield path


def _forbid_sniffing(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
