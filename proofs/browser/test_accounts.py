"""A person signs up, logs in by every means, and looks at each page, in a real browser."""

import base64
import importlib.util
import json
import os
from pathlib import Path

import pytest
from tests.browser import chromium
from tests.browser.mailbox import mailbox
from tests.browser.secure_site import behind_a_proxy, secure_site
from tests.browser.totp import code_of

ADA = "ada@example.com"
PASSWORD, NEXT_PASSWORD = "a long and rare password", "another long and rare one"
AXE = Path(importlib.util.find_spec("axe_playwright_python").origin).with_name("axe.min.js")
FOR_EVERYONE = (
    "/", "/no-such-page/", "/accounts/signup/", "/accounts/login/", "/accounts/password/reset/",
    "/accounts/password/reset/done/", "/accounts/password/reset/key/done/",
    "/accounts/password/reset/key/1-x/", "/accounts/confirm-email/", "/accounts/confirm-email/x/",
    "/accounts/inactive/",
)  # fmt: skip
FOR_ADA = (
    "/", "/accounts/", "/accounts/email/", "/accounts/password/change/", "/accounts/logout/",
    "/accounts/reauthenticate/", "/accounts/reauthenticate/code/", "/accounts/2fa/",
    "/accounts/2fa/reauthenticate/", "/accounts/2fa/totp/deactivate/", "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/", "/accounts/2fa/webauthn/reauthenticate/",
    "/accounts/2fa/webauthn/keys/{key}/edit/", "/accounts/2fa/webauthn/keys/{key}/remove/",
    "/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/generate/",
)  # fmt: skip
SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""A folder for a picture of each page, for people to look at."""

SIZES = {"telephone": 360, "screen": 1280}
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def mails():
    """Run a mail server."""
    with mailbox() as server:
        yield server


@pytest.fixture(scope="module")
def site(mails, tmp_path_factory):
    """Serve the site, which sends its messages there."""
    folder = tmp_path_factory.mktemp("accounts")
    email_url = f"smtp://127.0.0.1:{mails.server_address[1]}"
    with secure_site(folder, EMAIL_URL=email_url, WEB_CONCURRENCY="1") as address:
        yield address


@pytest.fixture(scope="module")
def tab(site, tmp_path_factory):
    """Open a browser with an authenticator that holds keys, and knows its owner's finger."""
    with chromium.page(tmp_path_factory.mktemp("profile")) as page:
        behind_a_proxy(page)
        page.call("WebAuthn.enable")
        abilities = (
            "hasResidentKey", "hasUserVerification", "isUserVerified", "automaticPresenceSimulation",
        )  # fmt: skip
        options = {"protocol": "ctap2", "transport": "internal", **dict.fromkeys(abilities, True)}
        page.call("WebAuthn.addVirtualAuthenticator", options=options)
        yield page


@pytest.fixture(scope="module")
def ada(tab, site, mails):
    """Someone with an authenticator app, recovery codes and a passkey, who is logged in."""
    tab.open(f"{site}/accounts/signup/")
    tab.fill(email=ADA, password1=PASSWORD)
    assert path(tab) == "/accounts/confirm-email/"
    tab.open(mails.link())
    tab.click("main [type=submit]")
    assert (path(tab), is_in(tab)) == ("/", True)

    tab.open(f"{site}/accounts/2fa/totp/activate/")
    tab.fill(password=PASSWORD)  # asked for again
    assert tab.run("document.querySelector('main img').naturalWidth") > 100
    quiet(tab, "totp")
    secret = tab.run("document.querySelector('#authenticator_secret').value")
    tab.fill(code=code_of(secret))
    codes = tab.run("document.querySelector('#recovery_codes').value").split()
    assert len(codes) == 10

    tab.open(f"{site}/accounts/2fa/webauthn/add/")
    tab.run("document.querySelector('[name=passwordless]').click()")
    tab.click("#mfa_webauthn_add")
    assert "/accounts/2fa/" in path(tab)
    return {"secret": secret, "codes": codes}


@pytest.fixture
def outside(ada, tab, site):
    """Return a tab in which she has just logged out."""
    log_out(tab, site)
    return tab


def path(tab):
    """Return where the browser is."""
    return tab.run("location.pathname")


def is_in(tab):
    """Tell by the header whether somebody is logged in."""
    return tab.run("document.querySelector('header [href=\"/accounts/logout/\"]') !== null")


def log_out(tab, site):
    """Press the button, and forget a login that was not finished."""
    tab.open(f"{site}/accounts/logout/")
    if path(tab) == "/accounts/logout/":
        tab.click("main [type=submit]")
    assert not is_in(tab)
    tab.call("Network.clearBrowserCookies")


def log_in(tab, site, password=PASSWORD):
    """Send the form of the login, to where the second factor is asked for."""
    tab.open(f"{site}/accounts/login/")
    tab.fill(login=ADA, password=password)
    assert (path(tab), is_in(tab)) == ("/accounts/2fa/authenticate/", False)


def quiet(tab, name):
    """Look at the page in both sizes and colour schemes: by axe, and by what browsers report."""
    tab.run(AXE.read_text("utf-8") + "; null")
    for size, width in SIZES.items():
        metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        tab.call("Emulation.setDeviceMetricsOverride", **metrics)
        for scheme in SCHEMES:
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            tab.call("Emulation.setEmulatedMedia", features=features)
            found = tab.run("axe.run().then(found => JSON.stringify(found.violations))")
            violations = {
                each["id"]: [node["html"] for node in each["nodes"]] for each in json.loads(found)
            }
            assert (name, size, scheme, violations) == (name, size, scheme, {})
            wide = tab.run("[document.documentElement.scrollWidth, innerWidth]")
            assert wide[0] <= wide[1], (name, size, wide)
            if folder := SCREENSHOTS:
                picture = tab.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
                file = Path(folder, f"{name.strip('/').replace('/', '-')}.{size}.{scheme}.png")
                file.write_bytes(base64.b64decode(picture))
    assert tab.complaints == []


@pytest.mark.parametrize("page", FOR_EVERYONE)
def test_page_for_everyone(outside, site, page):
    """Nothing is refused or fails, nothing is wider than the screen, and axe finds nothing."""
    outside.complaints.clear()
    outside.open(f"{site}{page}")
    quiet(outside, f"everyone{page}")


@pytest.mark.parametrize("page", FOR_ADA)
def test_page_for_users(ada, tab, site, page):
    """The same, for what a user sees."""
    enter_by_passkey(tab, site)
    tab.complaints.clear()
    page = page.format(key=key_of(tab, site))
    tab.open(f"{site}{page}")
    if tab.run("location.search.includes('next=')"):
        tab.fill(password=PASSWORD)  # asked for again
    assert path(tab) == page
    quiet(tab, f"ada{page}")


def enter_by_passkey(tab, site):
    """Log in unless somebody is in."""
    tab.open(f"{site}/accounts/login/")
    if path(tab) == "/accounts/login/":
        tab.click("#passkey_login")
    assert is_in(tab)


def key_of(tab, site):
    """Return the number of the passkey."""
    tab.open(f"{site}/accounts/2fa/webauthn/")
    return tab.run("document.querySelector('main a.danger').pathname").split("/")[-3]


def test_passkey_logs_in_alone(outside, site):
    """Without a password, and without another factor."""
    outside.open(f"{site}/accounts/login/?next=/accounts/email/")
    outside.click("#passkey_login")
    assert (path(outside), is_in(outside)) == ("/accounts/email/", True)


def test_passkey_is_a_second_factor(outside, site):
    """After the password."""
    log_in(outside, site)
    quiet(outside, "authenticate")
    outside.click("#mfa_webauthn_authenticate")
    assert (path(outside), is_in(outside)) == ("/", True)


def test_code_of_the_app_is_a_second_factor(outside, site, ada):
    """A wrong one is not."""
    log_in(outside, site)
    outside.fill(code="000000")
    assert (path(outside), is_in(outside)) == ("/accounts/2fa/authenticate/", False)
    quiet(outside, "authenticate-wrong")
    outside.fill(code=code_of(ada["secret"]))
    assert (path(outside), is_in(outside)) == ("/", True)


def test_recovery_code_is_a_second_factor_once(outside, site, ada):
    """The first is used up."""
    for entered in (True, False):
        log_in(outside, site)
        outside.fill(code=ada["codes"][0])
        assert is_in(outside) == entered
        if entered:
            log_out(outside, site)


def test_password_is_reset_by_the_link_in_a_message(outside, site, mails):
    """The last test of the password that it replaces."""
    outside.open(f"{site}/accounts/password/reset/")
    outside.fill(email=ADA)
    assert path(outside) == "/accounts/password/reset/done/"
    outside.open(mails.link())
    quiet(outside, "reset")
    outside.fill(password1=NEXT_PASSWORD, password2=NEXT_PASSWORD)
    assert path(outside) == "/accounts/password/reset/key/done/"
    log_in(outside, site, NEXT_PASSWORD)


def test_address_is_verified_before_it_is_taken(tab, site, mails):
    """Another person, without a second factor; the page shows what is pending."""
    log_out(tab, site)
    tab.open(f"{site}/accounts/signup/")
    tab.fill(email="eve@example.com", password1=PASSWORD)
    tab.open(mails.link())
    quiet(tab, "confirm")
    tab.click("main [type=submit]")
    tab.open(f"{site}/accounts/email/")
    tab.fill(email="eve@example.org")
    if path(tab) == "/accounts/reauthenticate/":
        tab.fill(password=PASSWORD)
    assert "eve@example.org" in tab.run("document.querySelector('main').textContent")
    tab.complaints.clear()
    quiet(tab, "email-pending")
    tab.open(mails.link())
    tab.click("main [type=submit]")
    tab.open(f"{site}/accounts/")
    assert "eve@example.org" in tab.run("document.querySelector('main').textContent")


def test_page_tells_that_a_message_could_not_be_sent(tab, site, mails):
    """The last one: the mail server is gone."""
    log_out(tab, site)
    mails.shutdown()
    mails.server_close()
    tab.open(f"{site}/accounts/password/reset/")
    tab.fill(email=ADA)
    assert "could not be sent" in tab.run("document.title")
    tab.complaints.clear()
    quiet(tab, "not-sent")
