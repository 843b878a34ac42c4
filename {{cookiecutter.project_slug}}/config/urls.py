"""The pages of the site. WebSockets are in `config.websocket`."""

from importlib.util import find_spec

from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from asgi_serving.development.policy_reports import policy_reports

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("{{ cookiecutter.project_slug }}.home.urls")),
{%- if cookiecutter.accounts == 'allauth' %}
    path("accounts/", include("{{ cookiecutter.project_slug }}.users.urls")),
{%- endif %}
    path(settings.ADMIN_URL, admin.site.urls),
{%- if cookiecutter.api != 'none' %}
    path("api/", include("{{ cookiecutter.project_slug }}.api.urls")),
{%- endif %}
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),  # while developing only
]

if settings.DEBUG:
    urlpatterns += [path("__policy__/", policy_reports)]

if settings.DEBUG and find_spec("debug_toolbar"):
    urlpatterns += [path("__debug__/", include("debug_toolbar.urls"))]
