"""Settings for the tests: quick, with nothing of the developer's own environment file."""

from config.settings.base import *  # noqa: F403  # the settings that hold everywhere

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
# Django's test client logs in without a request.
AXES_ENABLED = False
# Django makes a database of its own for the tests, but no cache: they would empty the developer's.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
{%- if cookiecutter.tasks == 'database' %}
# Tasks run where they are enqueued, at once.
TASKS = {"default": {"BACKEND": "django_ox.testing.ImmediateBackend"}}
{%- elif cookiecutter.tasks == 'celery' %}
# Tasks run where they are enqueued, at once, and their errors are raised there.
CELERY_TASK_ALWAYS_EAGER = CELERY_TASK_EAGER_PROPAGATES = True
{%- endif %}
