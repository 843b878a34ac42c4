"""No page of the site, the admin's among them, does what its content security policy forbids."""

import pytest
from tests.browser import chromium
from tests.browser.secure_site import behind_a_proxy, secure_site

PASSWORD = "a long and rare password"
PAGES = {
    "/": "My Project",
    "/admin/": "Site administration",
    "/admin/users/user/": "Select user to change",
    "/admin/users/user/?q=ada&is_staff__exact=1": "Select user to change",
    "/admin/users/user/add/": "Add user",
    "/admin/users/user/1/change/": "ada@example.com",
    "/admin/users/user/1/history/": "Change history",
    "/admin/users/user/1/delete/": "Delete",
    "/admin/users/user/1/password/": "Change password",
    "/admin/auth/group/add/": "Add group",
    "/admin/axes/accessattempt/": "Select access attempt",
    "/admin/password_change/": "Password change",
    "/no-such-page/": "",
    "/failing/": "",
}
LOG_IN = f"""
document.querySelector("[name=login]").value = "ada@example.com";
document.querySelector("[name=password]").value = {PASSWORD!r};
document.querySelector("main [type=submit]").click();
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Serve the site with a superuser."""
    superuser = ("createsuperuser", "--no-input", "--email=ada@example.com")
    folder = tmp_path_factory.mktemp("browser")
    with secure_site(folder, superuser, DJANGO_SUPERUSER_PASSWORD=PASSWORD) as address:
        yield address


@pytest.fixture(scope="module")
def tab(site, tmp_path_factory):
    """Log a browser in to the admin."""
    with chromium.page(tmp_path_factory.mktemp("profile")) as page:
        behind_a_proxy(page)
        assert "Sign In" in page.open(f"{site}/admin/login/?next=/admin/")
        page.run(LOG_IN)
        assert "Site administration" in page.settle()
        yield page


def test_login_is_quiet(tab):
    """It was the first page, and its form was sent."""
    assert tab.complaints == []


@pytest.mark.parametrize(("path", "title"), PAGES.items())
def test_page_is_quiet(tab, site, path, title):
    """It is the page that is meant, and nothing in it is refused or fails."""
    tab.complaints.clear()
    assert title in tab.open(f"{site}{path}")
    assert tab.complaints == []


def test_widgets_of_the_admin_work(tab, site):
    """The calendar is opened and a day is chosen: all of it is JavaScript."""
    tab.complaints.clear()
    tab.open(f"{site}/admin/users/user/1/change/")
    before = tab.run("document.querySelector('[name=last_login_0]').value")
    tab.run("document.querySelector('.datetimeshortcuts a').click()")
    after = tab.run("document.querySelector('[name=last_login_0]').value")
    assert before
    assert after
    assert tab.run("document.querySelectorAll('.selector-available option').length") > 0
    assert tab.complaints == []
