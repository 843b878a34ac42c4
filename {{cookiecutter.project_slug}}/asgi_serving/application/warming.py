"""What the first requests would have to wait for is done before they come."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import get_resolver
from django.utils import translation
from django.utils.module_loading import import_string

logger = logging.getLogger("asgi_serving.application.warming")


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
    _ = HttpResponse().charset
    if not settings.DEBUG:
        import_what_requests_import()
        compile_templates()


def import_what_requests_import() -> None:
    """Import what Django imports with the first session, the first message and the first page."""
    names = []
    if apps.is_installed("django.contrib.sessions"):
        names += [f"{settings.SESSION_ENGINE}.SessionStore", settings.SESSION_SERIALIZER]
    if apps.is_installed("django.contrib.messages"):
        names += [settings.MESSAGE_STORAGE]
    for name in names:
        with suppress(ImportError):  # the first request tells
            import_string(name)
    for engine in engines.all():
        with suppress(ImportError):
            _ = getattr(getattr(engine, "engine", None), "template_context_processors", None)


def compile_templates() -> None:
    """Compile the templates of the project. One that cannot be is told of, for it may be unused."""
    for engine, name in _templates():
        try:
            engine.get_template(name)
        except Exception as error:  # noqa: BLE001  # an engine may raise anything
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            logger.warning("The template %s cannot be compiled: %s", name, reason)


def _templates() -> Iterator[tuple[Any, str]]:
    for engine in engines.all():
        for directory in map(Path, engine.dirs):
            for path in sorted(directory.rglob("*.html")):
                if path.is_file():
                    yield engine, path.relative_to(directory).as_posix()
