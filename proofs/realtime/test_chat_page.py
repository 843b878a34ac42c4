"""The page of the chat in a real browser: what is said is shown, and the site's policy lets it."""

import time

import pytest
from tests.browser import chromium
from tests.browser.secure_site import behind_a_proxy, secure_site

from tests.serving.server import DEADLINE

PASSWORD = "a long and rare password"


@pytest.fixture
def tab(tmp_path_factory):
    """Give the chat in a browser in which Ada is logged in."""
    if not chromium.executable():
        pytest.skip("there is no Chromium")
    variables = {
        "DJANGO_SETTINGS_MODULE": "tests.production_settings",
        "DJANGO_SUPERUSER_EMAIL": "ada@example.com",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "WEB_CONCURRENCY": "1",  # without a Valkey messages stay in their process
    }
    superuser = ("createsuperuser", "--no-input")
    with (
        secure_site(tmp_path_factory.mktemp("site"), superuser, **variables) as site,
        chromium.page(tmp_path_factory.mktemp("profile")) as page,
    ):
        behind_a_proxy(page)
        page.open(f"{site}/accounts/login/")
        page.fill(login="ada@example.com", password=PASSWORD)
        page.open(f"{site}/chat/lobby/")
        yield page


def eventually(tab, script):
    """Wait until an expression is true in the page."""
    give_up = time.monotonic() + DEADLINE
    while not tab.run(script):
        assert time.monotonic() < give_up, tab.run("document.body.innerText")
        time.sleep(0.05)


def test_what_is_said_is_shown(tab):
    """As text, whatever it is."""
    eventually(tab, "socket.readyState === WebSocket.OPEN")
    tab.fill(text="<b>hello</b>")
    said = "document.querySelector('#said li')?.textContent"
    eventually(tab, f"{said} === 'ada@example.com: <b>hello</b>'")
    assert tab.complaints == []
