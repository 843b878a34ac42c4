"""The user model."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Someone who can log in.

    Django's own fields, in a model of our own: replacing `auth.User` later is a migration that
    nobody wants to write.
    """
