"""Whoever guesses passwords is kept out for a while, and nobody else."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from {{ cookiecutter.project_slug }}.users.models import User

pytestmark = pytest.mark.django_db

LOGIN = reverse("admin:login")
PASSWORD = "a long and rare password"
LIMIT = 3
INSIDE, LOCKED, WRONG = 302, 429, 200


@pytest.fixture(autouse=True)
def accounts(settings: Settings) -> None:
    settings.AXES_ENABLED, settings.AXES_FAILURE_LIMIT = True, LIMIT
    for name in ("ada", "eve"):
        User.objects.create_superuser(name, password=PASSWORD)


def log_in(address: str, name: str = "ada", password: str = PASSWORD) -> int:
    form = {"username": name, "password": password}
    return Client().post(LOGIN, form, REMOTE_ADDR=address).status_code


def guess(address: str, name: str = "ada") -> int:
    return log_in(address, name, "guess")


def test_guesser_is_locked_out_of_the_account_and_nobody_else_is() -> None:
    assert [guess("192.0.2.7") for _ in range(LIMIT)] == [WRONG] * (LIMIT - 1) + [LOCKED]
    assert log_in("192.0.2.7") == LOCKED
    assert log_in("192.0.2.7", "eve") == INSIDE  # a colleague behind the same address
    assert log_in("192.0.2.8") == INSIDE  # the owner elsewhere


def test_own_login_in_between_forgives_no_guess() -> None:
    for _ in range(LIMIT):
        guess("192.0.2.7")
        assert log_in("192.0.2.7", "eve") == INSIDE
    assert log_in("192.0.2.7") == LOCKED
