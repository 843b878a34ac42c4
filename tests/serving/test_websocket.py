"""Who may open a WebSocket."""

import pytest
from pytest_django import Settings

from asgi_serving.application.websocket import is_trusted


@pytest.fixture(autouse=True)
def trusted_sites(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["example.com", "localhost"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example.com", "https://*.partner.example"]


@pytest.mark.parametrize(
    ("scheme", "host", "origin", "trusted"),
    [
        ("wss", "example.com", "https://example.com", True),
        ("ws", "localhost:8000", "http://localhost:8000", True),
        ("wss", "example.com", "https://app.example.com", True),
        ("wss", "example.com", "https://a.partner.example", True),
        ("wss", "example.com", None, True),
        ("wss", "example.com", "http://example.com", False),
        ("wss", "example.com", "https://example.com:8443", False),
        ("wss", "example.com", "https://evil.example", False),
        ("wss", "example.com", "https://example.com.evil.example", False),
        ("wss", "example.com", "http://a.partner.example", False),
        ("wss", "example.com", "null", False),
        ("wss", "evil.example", "https://evil.example", False),
        ("wss", "evil.example", None, False),
    ],
)
def test_host_and_origin_decide(scheme: str, host: str, origin: str | None, trusted: bool) -> None:
    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin else [])
    assert is_trusted({"scheme": scheme, "headers": headers}) is trusted
