"""The home page."""

import pytest
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django import Settings

from {{ cookiecutter.project_slug }}.users.models import User


@pytest.mark.django_db
def test_home_page_leads_staff_alone_to_the_admin(client: Client) -> None:
    admin = reverse("admin:index")
    assert admin not in client.get(reverse("home")).content.decode()
    client.force_login(User.objects.create_superuser("ada@example.com"))
    assert admin in client.get(reverse("home")).content.decode()


@pytest.mark.django_db
def test_texts_are_shown_as_they_were_written(client: Client, settings: Settings) -> None:
    settings.SITE_NAME = settings.SITE_DESCRIPTION = '<b> & "quotes" {{ "{{ braces }}" }}'
    page = client.get(reverse("home")).content.decode()
    assert page.count(escape(settings.SITE_NAME)) >= 3
    assert "<b>" not in page


@pytest.mark.django_db
async def test_page_tells_what_serves_it_while_developing(
    async_client: AsyncClient, settings: Settings
) -> None:
    settings.DEBUG = True
    page = (await async_client.get(reverse("home"))).content.decode()
    assert "What serves this page" in page
    assert "SQLite" in page or "PostgreSQL" in page


@pytest.mark.django_db
def test_policy_keeps_scripts_of_strangers_out(client: Client) -> None:
    policy = client.get(reverse("home")).headers["Content-Security-Policy"]
    [scripts] = [part for part in policy.split("; ") if part.startswith("script-src ")]
    assert "'unsafe-inline'" not in scripts.split()
    assert "*" not in scripts.split()


@pytest.mark.parametrize("name", [400, 403, "403_csrf", 404, 429, 500, 503])
def test_error_pages_have_the_look_of_the_site(name: int | str) -> None:
    page = render_to_string(f"{name}.html")
    assert static("css/site.css") in page
    assert "<h1>" in page


def test_form_without_a_token_is_our_403() -> None:
    page = Client(enforce_csrf_checks=True).post(reverse("admin:login"))
    assert page.status_code == 403
    assert "This form has expired" in page.content.decode()
