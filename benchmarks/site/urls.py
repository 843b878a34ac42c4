"""Where the pages are."""

from benchmark_site.views import computed, plain_async, plain_sync, row_async, row_sync
from django.urls import path

urlpatterns = [
    path("async/", plain_async),
    path("sync/", plain_sync),
    path("row/async/", row_async),
    path("row/sync/", row_sync),
    path("computed/", computed),
]
