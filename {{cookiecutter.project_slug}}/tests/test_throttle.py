"""Whoever guesses passwords is kept out for a while."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from {{ cookiecutter.project_slug }}.users.models import User

LOGIN = reverse("admin:login")
PASSWORD = "a long and rare password"


def log_in(client: Client, password: str, address: str) -> int:
    form = {"username": "ada", "password": password}
    return client.post(LOGIN, form, REMOTE_ADDR=address).status_code


@pytest.mark.django_db
def test_address_that_guesses_is_locked_out_and_no_other(
    client: Client, settings: Settings
) -> None:
    settings.AXES_ENABLED = True
    User.objects.create_superuser("ada", password=PASSWORD)
    guesses = [log_in(client, "guess", "192.0.2.7") for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert guesses[-1] == 429
    assert set(guesses[:-1]) == {200}
    assert log_in(client, PASSWORD, "192.0.2.7") == 429
    assert log_in(client, PASSWORD, "192.0.2.8") == 302
