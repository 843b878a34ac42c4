"""Logging in by an OpenID Connect provider, and what a stranger gains by one: nothing."""

import re
import shutil
import subprocess

import pytest
from config.variables import BASE_DIR
from tests.browser.mailbox import mailbox
from tests.browser.totp import code_of
from tests.recipes.conftest import PASSWORD
from tests.recipes.openid_provider import CLIENT, provider
from tests.recipes.visiting import STRICT, policy_of, send, visiting

LOGIN = "/accounts/oidc/example/login/"


@pytest.fixture(scope="module")
def example():
    """Run the provider."""
    with provider() as server:
        yield server


@pytest.fixture(scope="module")
def mails():
    """Run a mail server."""
    with mailbox() as server:
        yield server


@pytest.fixture(scope="module")
def variables(example, mails, tmp_path_factory):
    """Tell the site where both are; the secret comes from a file."""
    secret = tmp_path_factory.mktemp("secrets") / "oidc_client_secret"
    secret.write_text(CLIENT["client_secret"])
    return {
        "EMAIL_URL": f"smtp://127.0.0.1:{mails.server_address[1]}",
        "OIDC_SERVER_URL": example.address,
        "OIDC_CLIENT_ID": CLIENT["client_id"],
        "OIDC_CLIENT_SECRET_FILE": str(secret),
    }


def come_back(visitor, path=LOGIN):
    """Log in by the provider, and return where that leads."""
    answer = send(visitor, visitor.get(path))
    assert answer.status_code == 302, answer.text
    provided = visitor.get(answer.headers["location"])
    return visitor.get(provided.headers["location"]).headers["location"]


def who(visitor):
    """Return the address of the account that a visitor is logged in to."""
    found = re.search(r'class="lead">(.+@.+)<', visitor.get("/accounts/").text)
    return found and found[1]


def test_login_is_offered(visitor, example):
    """Forms may lead to the provider, and nothing else changes in the policy."""
    page = visitor.get("/accounts/login/")
    assert f'href="{LOGIN}?process=login"' in page.text
    form_action = f"form-action 'self' {example.address};"
    assert policy_of(page) == STRICT.replace("form-action 'self';", form_action)


def test_verified_address_becomes_an_account(visitor, example):
    """At once, and the same one at the next login."""
    example.person = {"sub": "1", "email": "eve@example.com", "email_verified": True}
    assert come_back(visitor) == "/"
    assert who(visitor) == "eve@example.com"
    example.person = {"sub": "1", "email": "another@example.com", "email_verified": True}
    with visiting(str(visitor.base_url)) as again:
        come_back(again)
        assert who(again) == "eve@example.com"


def test_address_that_was_not_verified_is_verified_here(visitor, example, mails):
    """By a message, as one that was typed."""
    example.person = {"sub": "2", "email": "bob@example.com", "email_verified": False}
    assert come_back(visitor) == "/accounts/confirm-email/"
    assert who(visitor) is None
    message = visitor.get(mails.link().replace("http://", "https://"))
    send(visitor, message)
    assert come_back(visitor) == "/"
    assert who(visitor) == "bob@example.com"


@pytest.mark.parametrize("verified", [True, False])
def test_address_of_somebody_else_opens_no_account(visitor, example, mails, verified):
    """Whatever the provider says; it looks like an address that must be verified, and she is told."""
    example.person = {"sub": "3", "email": "Ada@example.com", "email_verified": verified}
    assert come_back(visitor) == "/accounts/confirm-email/"
    assert who(visitor) is None
    assert mails.messages[-1]["To"] == "ada@example.com"
    assert "already" in mails.messages[-1].get_body(["plain"]).get_content()


def test_owner_connects_an_account(visitor, example):
    """Who is logged in, which then opens it; a second factor is asked for as after a password."""
    send(visitor, visitor.get("/accounts/login/"), login="ada@example.com", password=PASSWORD)
    assert who(visitor) == "ada@example.com"
    example.person = {"sub": "4", "email": "private@example.com", "email_verified": True}
    assert come_back(visitor, f"{LOGIN}?process=connect") == "/accounts/reauthenticate/"
    known = send(visitor, visitor.get("/accounts/reauthenticate/"), password=PASSWORD)
    assert known.headers["location"] == "/accounts/3rdparty/"
    address = str(visitor.base_url)
    with visiting(address) as again:
        assert come_back(again) == "/"
        assert who(again) == "ada@example.com"
    form = visitor.get("/accounts/2fa/totp/activate/")
    secret = re.search(r'id="authenticator_secret"[^>]* value="(\w+)"', form.text)[1]
    send(visitor, form, code=code_of(secret))
    with visiting(address) as again:
        assert come_back(again) == "/accounts/2fa/authenticate/"
        assert who(again) is None
        assert again.get("/admin/").status_code == 302


def test_browser_follows(site, tab, example):
    """From the form of the site to the provider and back."""
    example.served_by_http = True
    example.person = {"sub": "1", "email": "eve@example.com", "email_verified": True}
    tab.open(f"{site}/accounts/login/")
    tab.click(f"main [href^='{LOGIN}']")
    tab.click("main [type=submit]")
    assert tab.run("location.pathname") == "/"
    tab.open(f"{site}/accounts/")
    assert "eve@example.com" in tab.run("document.body.innerText")
    assert tab.complaints == []


def test_secret_is_made_as_the_others(tmp_path):
    """And the containers find a file for each."""
    shutil.copytree(BASE_DIR / "deploy", tmp_path / "deploy")
    make = ["sh", tmp_path / "deploy" / "make-secrets"]
    values = {"EMAIL_URL": "consolemail://", "OIDC_CLIENT_SECRET": "known to both"}
    subprocess.run(make, check=True, env=values | {"PATH": "/usr/bin:/bin"})
    assert (tmp_path / "secrets" / "oidc_client_secret").read_text() == "known to both"
    compose = (BASE_DIR / "compose.production.yaml").read_text()
    files = set(re.findall(r"file: \./secrets/(\w+)", compose))
    assert files == {path.name for path in (tmp_path / "secrets").iterdir()}
    used = re.search(r"x-project:.*?secrets: \[(.*?)\]", compose, re.DOTALL)[1].split(", ")
    assert "oidc_client_secret" in used
    assert set(used) <= files
