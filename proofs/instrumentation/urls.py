"""All pages; `work` only where a tool has parts."""

from django.conf import settings
from django.urls import include, path
from tests.instrumentation import pages

urlpatterns = [
    *pages.urlpatterns,
    path("", include("config.urls")),
]
if hasattr(settings, "PART"):
    urlpatterns.insert(0, path("", include("tests.instrumentation.work")))
