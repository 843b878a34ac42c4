"""Users, and their admin."""

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from {{ cookiecutter.project_slug }}.users.models import User


def test_user_model_is_our_own() -> None:
    assert get_user_model() is User


@pytest.mark.django_db
def test_every_model_has_its_migration() -> None:
    call_command("makemigrations", "--check", "--dry-run")


@pytest.mark.django_db
def test_admin_lists_and_adds_users(admin_client: Client) -> None:
    answer = admin_client.post(
        reverse("admin:users_user_add"),
        {
            "username": "ada",
            "usable_password": "true",
            "password1": "a long and rare password",
            "password2": "a long and rare password",
        },
    )
    assert answer.status_code == 302
    assert User.objects.get(username="ada").check_password("a long and rare password")
    assert "ada" in admin_client.get(reverse("admin:users_user_changelist")).content.decode()


@pytest.mark.django_db
async def test_async_queries_find_users() -> None:
    await User.objects.acreate_user("ada")
    assert [user.username async for user in User.objects.all()] == ["ada"]
