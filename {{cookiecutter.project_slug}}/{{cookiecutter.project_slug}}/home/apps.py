"""The home page."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib import admin


class HomeConfig(AppConfig):
    """Holds the home page, and gives the admin the site's name."""

    name = "{{ cookiecutter.project_slug }}.home"

    def ready(self) -> None:
        """Name the admin after the site."""
        admin.site.site_header = admin.site.site_title = settings.SITE_NAME
