"""The admin by Unfold: behind the second factor, and quiet under its policy."""

import pytest
from tests.browser.totp import code_of
from tests.recipes.conftest import PASSWORD
from tests.recipes.visiting import STRICT, policy_of

PAGES = {
    "/admin/": "Site administration",
    "/admin/users/user/": "Select User to change",
    "/admin/users/user/?q=ada&is_staff__exact=1": "Select User to change",
    "/admin/users/user/add/": "Add User",
    "/admin/users/user/1/change/": "ada@example.com",
    "/admin/users/user/1/history/": "Change history",
    "/admin/users/user/1/delete/": "Delete",
    "/admin/users/user/1/password/": "Change password",
    "/admin/auth/group/add/": "Add group",
    "/admin/axes/accessattempt/": "Select access attempt",
    "/admin/mfa/authenticator/": "Select authenticator",
    "/admin/password_change/": "Password change",
}


@pytest.fixture(scope="module")
def variables():
    """Ask for a second factor."""
    return {"DJANGO_SETTINGS_MODULE": "tests.recipes.second_factor"}


@pytest.fixture(scope="module")
def inside(site, tab):
    """Log in, be led to where a second factor is set up, and come back with one."""
    screen = {"width": 1400, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    tab.call("Emulation.setDeviceMetricsOverride", **screen)  # the menus are beside the page there
    tab.open(f"{site}/admin/")
    assert tab.run("location.pathname") == "/accounts/login/"
    tab.fill(login="ada@example.com", password=PASSWORD)
    assert tab.run("location.pathname") == "/accounts/2fa/"
    tab.open(f"{site}/accounts/2fa/totp/activate/")
    tab.fill(password=PASSWORD)  # asked for again
    tab.fill(code=code_of(tab.run("document.querySelector('#authenticator_secret').value")))
    return tab


@pytest.mark.parametrize(("path", "title"), PAGES.items())
def test_page_is_quiet(inside, site, path, title):
    """It is the page that is meant, and nothing in it is refused or fails."""
    inside.complaints.clear()
    assert title.lower() in inside.open(f"{site}{path}").lower()
    assert inside.run("typeof Alpine") == "object"
    assert inside.complaints == []


def test_menus_work(inside, site):
    """All of it is Alpine: the account's menu opens, and a user is changed."""
    inside.complaints.clear()
    inside.open(f"{site}/admin/users/user/1/change/")
    shown = "[...document.querySelectorAll('nav')].filter(each => each.checkVisibility()).length"
    before = inside.run(shown)
    inside.run("document.querySelector('[x-on\\\\:click*=openUserLinks]').click()")
    inside.settle()
    assert inside.run(shown) > before
    assert inside.complaints == []


def test_only_the_admin_has_another_policy(visitor):
    """Pages of the site keep theirs, and so does the admin's login, which is one of them."""
    assert policy_of(visitor.get("/")) == STRICT
    led = visitor.get("/admin/", follow_redirects=True)
    assert led.url.path == "/accounts/login/"
    assert policy_of(led) == STRICT
