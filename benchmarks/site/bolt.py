"""The same settings, for django-bolt: a server and a router of its own, beside Django's views."""

from benchmark_site.project import *
from benchmark_site.project import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_bolt"]
BOLT_API = ["benchmark_site.bolt_api:api"]
