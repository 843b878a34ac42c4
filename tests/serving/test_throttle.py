"""Whoever guesses passwords is kept out for a while."""

import re
from collections.abc import Iterator

import httpx
import pytest
from django.conf import settings

from tests.serving.server import Server, gunicorn, manage, production_environment

LOGIN = f"/{settings.ADMIN_URL}login/"
"""A site with accounts leads from there to its own login."""

PASSWORD = "a long and rare password"
LIMIT: int = settings.AXES_FAILURE_LIMIT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a user, and a table of failures of its own."""
    folder = tmp_path_factory.mktemp("throttle")
    env = production_environment(
        folder,
        DJANGO_SUPERUSER_USERNAME="ada",
        DJANGO_SUPERUSER_EMAIL="ada@example.com",
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
        WEB_CONCURRENCY="2",
    )
    for command in (
        ("migrate", "--no-input"),
        ("collectstatic", "--no-input"),
        ("createsuperuser", "--no-input"),
    ):
        done = manage(*command, env=env)
        assert done.returncode == 0, done.stderr
    with gunicorn(folder, env) as server:
        yield server


def log_in(server: Server, password: str, address: str) -> int:
    """Send the form of the admin from an address, as the proxy passes it on; return the status."""
    headers = {
        "Host": "testserver",
        "Origin": "https://testserver",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": address,
    }
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers=headers) as browser:
        page = browser.get(LOGIN, follow_redirects=True)
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token
        by_address = 'name="login"' in page.text
        who = {"login": "ada@example.com"} if by_address else {"username": "ada"}
        form = {"csrfmiddlewaretoken": token[1], "password": password, **who}
        cookie = page.headers["set-cookie"].partition(";")[0]
        return browser.post(page.url.path, data=form, headers={"Cookie": cookie}).status_code


def test_address_that_guesses_is_locked_out_and_no_other(site: Server) -> None:
    guesses = [log_in(site, "guess", "192.0.2.7") for _ in range(LIMIT)]
    assert guesses == [200] * (LIMIT - 1) + [429]
    assert log_in(site, PASSWORD, "192.0.2.7") == 429
    assert log_in(site, PASSWORD, "192.0.2.8") == 302


def test_address_that_a_client_invents_does_not_help(site: Server) -> None:
    for number in range(LIMIT):
        log_in(site, "guess", f"198.51.100.{number}, 192.0.2.9")
    assert log_in(site, PASSWORD, "198.51.100.99, 192.0.2.9") == 429


def test_right_password_forgives_the_wrong_ones(site: Server) -> None:
    for _ in range(2):
        assert {log_in(site, "guess", "192.0.2.10") for _ in range(LIMIT - 1)} == {200}
        assert log_in(site, PASSWORD, "192.0.2.10") == 302
