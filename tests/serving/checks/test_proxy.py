"""Whose word is taken for the client's address and for HTTPS."""

import pytest
from pytest_django import Settings

from asgi_serving.checks.proxy import check_trust
from tests.serving.checks.conftest import Give, ids

HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize(
    ("arguments", "header", "found"),
    [
        ("--bind 0.0.0.0:8000 --forwarded-allow-ips *", None, ["W030"]),
        ("--bind [::]:8000 --forwarded-allow-ips 10.0.0.1,*", None, ["W030"]),
        ("--bind 0.0.0.0:8000 --forwarded-allow-ips 127.0.0.1", HEADER, ["W017"]),
        ("--bind 10.1.2.3:8000 --forwarded-allow-ips 127.0.0.1,::1", HEADER, ["W017"]),
        ("--bind unix:/run/site --forwarded-allow-ips *", None, []),
        ("--bind unix:/run/site --forwarded-allow-ips *", HEADER, []),
        ("--bind 127.0.0.1:8000 --forwarded-allow-ips *", None, []),
        ("--bind [::1]:8000 --forwarded-allow-ips 127.0.0.1", HEADER, []),
        ("--bind localhost:8000 --forwarded-allow-ips 127.0.0.1", HEADER, []),
        ("--bind 0.0.0.0:8000 --forwarded-allow-ips 10.0.0.0/8", HEADER, []),
        ("--bind 0.0.0.0:8000 --forwarded-allow-ips 127.0.0.1", None, []),
    ],
)
def test_trust(
    settings: Settings,
    flags: Give,
    arguments: str,
    header: tuple[str, str] | None,
    found: list[str],
) -> None:
    flags(arguments)
    settings.SECURE_PROXY_SSL_HEADER = header
    assert ids(check_trust(None)) == found


@pytest.mark.parametrize(("used", "found"), [(True, ["W017"]), (False, [])])
def test_forwarded_host(settings: Settings, flags: Give, used: bool, found: list[str]) -> None:
    flags("--bind 0.0.0.0:8000 --forwarded-allow-ips 127.0.0.1")
    settings.USE_X_FORWARDED_HOST = used
    assert ids(check_trust(None)) == found
