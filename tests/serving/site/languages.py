"""Pages whose addresses begin with a language."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from tests.serving.site.pages import language

urlpatterns = [
    *i18n_patterns(path("language/", language)),
    path("", include("config.urls")),
]
