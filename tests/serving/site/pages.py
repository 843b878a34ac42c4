"""Pages that show on which thread their code runs, and pages that fail, wait and take files."""

import asyncio
import hashlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connection
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.middleware.csp import get_nonce
from django.middleware.csrf import get_token
from django.template.response import SimpleTemplateResponse
from django.urls import path
from django.utils.translation import get_language, gettext
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_exempt

logger = logging.getLogger(__name__)
opened: list[str] = []
gate = threading.Event()
LOCK = 20261130
"""The advisory lock of PostgreSQL that a page waits for, with its connection."""


def thread() -> str:
    return threading.current_thread().name


def note_opened(sender: type, **named: Any) -> None:
    opened.append(thread())


connection_created.connect(note_opened)


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


async def block(request: HttpRequest) -> HttpResponse:
    """Keep the event loop busy, as a mistake of somebody's would."""
    logger.info("The event loop is blocked")
    time.sleep(1.5)  # noqa: ASYNC251  # the mistake
    return HttpResponse("plain")


async def plain_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


def number_sync(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(str(number))


async def number_async(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(str(number))


def sync_thread(request: HttpRequest) -> JsonResponse:
    opened.clear()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"view": thread(), "connection": opened})


async def async_thread(request: HttpRequest) -> JsonResponse:
    opened.clear()
    before = await sync_to_async(thread)()
    await get_user_model().objects.aexists()
    return JsonResponse({"view": before, "connection": opened})


def hold(request: HttpRequest) -> HttpResponse:
    logger.info("The held page has begun")
    return HttpResponse("held" if gate.wait(30) else "forgotten")


async def release(request: HttpRequest) -> HttpResponse:
    gate.set()
    return HttpResponse("released")


def locked(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK])
    return HttpResponse("locked")


async def patient(request: HttpRequest) -> HttpResponse:
    await sync_to_async(thread)()
    logger.info("The patient page has begun")
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        logger.info("The patient page was cancelled")
        raise
    return HttpResponse("waited")


@csrf_exempt
def upload(request: HttpRequest) -> JsonResponse:
    file: Any = request.FILES["file"]
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    spilled = file.temporary_file_path() if isinstance(file, TemporaryUploadedFile) else None
    return JsonResponse({"digest": digest.hexdigest(), "spilled": spilled})


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("The view fails")


async def fail_async(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("The view fails")


def fail_to_render(request: HttpRequest) -> SimpleTemplateResponse:
    return SimpleTemplateResponse("no-such-template.html")


async def fail_to_render_async(request: HttpRequest) -> SimpleTemplateResponse:
    return SimpleTemplateResponse("no-such-template.html")


def fail_in_stream(request: HttpRequest) -> StreamingHttpResponse:
    def stream() -> Iterator[str]:
        yield "begun"
        raise RuntimeError("The stream fails")

    return StreamingHttpResponse(stream())


async def fail_in_stream_async(request: HttpRequest) -> StreamingHttpResponse:
    async def stream() -> AsyncIterator[str]:
        yield "begun"
        raise RuntimeError("The stream fails")

    return StreamingHttpResponse(stream())


async def body(request: HttpRequest, size: int) -> HttpResponse:
    return HttpResponse("ab" * (size // 2))


async def stream(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[str]:
        for _ in range(3):
            yield "part " * 100

    return StreamingHttpResponse(parts())


@csrf_exempt
def meta(request: HttpRequest) -> JsonResponse:
    """Return what the server and the client say of a request, when its body was read."""
    assert request.read() is not None
    kept = {"REMOTE_ADDR", "wsgi.url_scheme"}
    meta = {k: v for k, v in request.META.items() if k.startswith("HTTP_") or k in kept}
    return JsonResponse({**meta, "secure": request.is_secure()})


def dated(request: HttpRequest) -> HttpResponse:
    return HttpResponse("dated", headers={"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"})


async def session_write(request: HttpRequest) -> HttpResponse:
    request.session["color"] = "red"
    return HttpResponse("written")


async def session_read(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(await request.session.aget("color")))


async def session_flush(request: HttpRequest) -> HttpResponse:
    await request.session.aflush()
    return HttpResponse("flushed")


def session_lost(request: HttpRequest) -> HttpResponse:
    request.session["color"] = "red"
    request.session.delete(request.session.session_key)
    return HttpResponse("logged out elsewhere")


@csrf_exempt
def exempt(request: HttpRequest) -> HttpResponse:
    return HttpResponse("exempt")


async def token(request: HttpRequest) -> HttpResponse:
    get_token(request)
    return HttpResponse("A token was asked for")


async def nonce(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(get_nonce(request)))


@csp_override({"default-src": ["'none'"]})
def stricter(request: HttpRequest) -> HttpResponse:
    return HttpResponse("stricter")


@xframe_options_exempt
def framed(request: HttpRequest) -> HttpResponse:
    return HttpResponse("framed")


async def name(request: HttpRequest) -> HttpResponse:
    return HttpResponse((await request.auser()).get_username())


def name_sync(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username())


@login_not_required
async def for_everyone(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for everyone")


async def add_message(request: HttpRequest) -> HttpResponse:
    messages.info(request, "Well done")
    return HttpResponse("added")


async def read_messages(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(str(message) for message in messages.get_messages(request)))


async def seen(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {
            "address": request.META["REMOTE_ADDR"],
            "scheme": request.scheme,
            "host": request.get_host(),
        }
    )


async def language(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{gettext('Yes')} {get_language()}")


urlpatterns = [
    path("meta/", meta),
    path("block/", block),
    path("plain/", plain),
    path("plain/async/", plain_async),
    path("number/<int:number>/", number_sync),
    path("number/async/<int:number>/", number_async),
    path("thread/", sync_thread),
    path("thread/async/", async_thread),
    path("hold/", hold),
    path("release/", release),
    path("locked/", locked),
    path("patient/", patient),
    path("upload/", upload),
    path("fail/", fail),
    path("fail/async/", fail_async),
    path("fail/render/", fail_to_render),
    path("fail/render/async/", fail_to_render_async),
    path("fail/stream/", fail_in_stream),
    path("fail/stream/async/", fail_in_stream_async),
    path("body/<int:size>/", body),
    path("stream/", stream),
    path("dated/", dated),
    path("session/write/", session_write),
    path("session/read/", session_read),
    path("session/flush/", session_flush),
    path("session/lost/", session_lost),
    path("csrf/exempt/", exempt),
    path("csrf/token/", token),
    path("csp/nonce/", nonce),
    path("csp/stricter/", stricter),
    path("framed/", framed),
    path("name/", name),
    path("name/sync/", name_sync),
    path("name/everyone/", for_everyone),
    path("messages/add/", add_message),
    path("messages/read/", read_messages),
    path("seen/", seen),
    path("language/", language),
]
