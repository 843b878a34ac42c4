"""The site that was typed, as production serves it, and who looks at it."""

import pytest
from tests.browser import chromium
from tests.browser.secure_site import behind_a_proxy, secure_site
from tests.recipes.visiting import visiting

PASSWORD = "a long and rare password"


@pytest.fixture(scope="module")
def variables():
    """Return variables of the environment that a recipe needs."""
    return {}


@pytest.fixture(scope="module")
def site(tmp_path_factory, variables):
    """Give the address of a running server; Ada is its superuser."""
    with secure_site(
        tmp_path_factory.mktemp("site"),
        ("createsuperuser", "--no-input"),
        **{
            "DJANGO_SETTINGS_MODULE": "tests.production_settings",
            "DJANGO_SUPERUSER_EMAIL": "ada@example.com",
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
            **variables,
        },
    ) as address:
        yield address


@pytest.fixture
def visitor(site):
    """Give a visitor who comes through a proxy that ends HTTPS, and keeps cookies."""
    with visiting(site) as client:
        yield client


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """Give a page of a browser."""
    if not chromium.executable():
        pytest.skip("there is no Chromium")
    with chromium.page(tmp_path_factory.mktemp("profile")) as page:
        behind_a_proxy(page)
        yield page
