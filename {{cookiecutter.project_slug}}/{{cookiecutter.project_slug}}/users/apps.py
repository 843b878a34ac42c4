"""The users of the site."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Holds the user model."""

    name = "{{ cookiecutter.project_slug }}.users"
