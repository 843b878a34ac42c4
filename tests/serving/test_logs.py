"""The lines of the log."""

import json
import logging

import pytest

from asgi_serving.application.access_log import AccessLog
from asgi_serving.logs import JsonFormatter, TextFormatter, request_id
from asgi_serving.types import Message, Receive, Scope, Send

SCOPE: Scope = {"type": "http", "method": "GET", "path": "/", "client": None, "headers": []}


def record(message: str, *arguments: object, **details: object) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"name": "shop", "levelname": "ERROR", "msg": message, "args": arguments, **details}
    )


def test_json_line_holds_message_time_and_request() -> None:
    token = request_id.set("abc")
    line = json.loads(JsonFormatter().format(record("%s für %s", 1, "Zoë\n", created=0.5)))
    request_id.reset(token)
    assert line == {
        "time": "1970-01-01T00:00:00.500+00:00",
        "level": "ERROR",
        "logger": "shop",
        "message": "1 für Zoë\n",
        "request_id": "abc",
    }


def test_traceback_stays_in_one_line() -> None:
    error = ValueError("broken")
    text = JsonFormatter().format(record("failed", exc_info=(ValueError, error, None)))
    assert "\n" not in text
    assert json.loads(text)["exception"] == "ValueError: broken"


def test_json_line_holds_what_extra_named() -> None:
    details = {"order": 7, "items": ["a"], "who": object, "level": "own", ("no", "key"): 1}
    line = json.loads(JsonFormatter().format(record("sold", nested=details, order=7)))
    assert line["order"] == 7
    assert line["nested"] == {"order": 7, "items": ["a"], "who": str(object), "level": "own"}
    assert json.loads(JsonFormatter().format(record("sold", level="own")))["level"] == "ERROR"


def test_json_line_has_nothing_of_a_record_that_says_it_twice() -> None:
    twice = record("failed", request="?token=1", color_message="failed")
    line = json.loads(JsonFormatter().format(twice))
    assert line.keys() == {"time", "level", "logger", "message"}


INVISIBLE = "\x07\x1b\x7f\x9b\u200f\u2028\u2029\u202e\u2066\ufeff\ud800\U000e0001"


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()])
@pytest.mark.parametrize("character", INVISIBLE)
def test_what_no_eye_sees_is_escaped(formatter: logging.Formatter, character: str) -> None:
    text = formatter.format(record("%s, Zoë 漢字 🎉", character))
    assert text.isprintable()
    assert json.dumps(character)[1:-1] in text
    assert "Zoë 漢字 🎉" in text


def test_text_line_is_for_people() -> None:
    assert TextFormatter().format(record("failed")).endswith("ERROR   shop: failed")
    assert TextFormatter().format(record("a\n\tb")).endswith("shop: a\n\tb")


def test_text_line_of_a_request_has_its_id() -> None:
    error = ValueError("broken")
    token = request_id.set("abc")
    text = TextFormatter().format(record("failed", exc_info=(ValueError, error, None)))
    request_id.reset(token)
    assert text.splitlines()[0].endswith("shop: failed request_id=abc")
    assert text.splitlines()[-1] == "ValueError: broken"


async def answer(request_headers: list[tuple[bytes, bytes]]) -> bytes:
    """Return the id that a request with these headers is given."""
    messages: list[Message] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def send(message: Message) -> None:
        messages.append(message)

    await AccessLog(application)({**SCOPE, "headers": request_headers}, None, send)  # type: ignore[arg-type]  # nothing is received
    headers: dict[bytes, bytes] = dict(messages[0]["headers"])
    return headers[b"x-request-id"]


async def test_id_of_the_proxy_is_kept_if_it_is_a_word() -> None:
    assert await answer([(b"x-request-id", b"proxy-1.a_b")]) == b"proxy-1.a_b"


@pytest.mark.parametrize("forged", [b"", b"two words", b'"quote', b"x" * 129, "ü".encode()])
async def test_other_ids_are_replaced(forged: bytes) -> None:
    assert len(await answer([(b"x-request-id", forged)])) == 32


async def test_client_that_left_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        return

    with caplog.at_level("INFO", "asgi_serving.access"):
        await AccessLog(application)(SCOPE, None, None)  # type: ignore[arg-type]  # nothing is sent
    assert caplog.records[0].access["status"] == 499  # type: ignore[attr-defined]  # from `extra`
