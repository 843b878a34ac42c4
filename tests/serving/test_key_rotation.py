"""A new secret key, while what the old one signed shall stay valid."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from my_project.users.models import User

OLD, NEW = "old-" * 20, "new-" * 20


@pytest.mark.parametrize(("fallbacks", "status"), [([OLD], 200), ([], 302)])
def test_login_outlives_its_key_as_long_as_that_is_a_fallback(
    settings: Settings, admin_user: User, fallbacks: list[str], status: int
) -> None:
    settings.SECRET_KEY = OLD
    client = Client()
    client.force_login(admin_user, settings.AUTHENTICATION_BACKENDS[-1])
    assert client.get(reverse("admin:index")).status_code == 200
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, fallbacks
    assert client.get(reverse("admin:index")).status_code == status
