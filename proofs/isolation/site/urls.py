"""The same pages for each site: the first part of a path names it."""

from django.urls import include, path
from isolation_site import views

pages = [
    path("sync/", views.sync),
    path("async/", views.async_),
    path("sync-fails/", views.sync_fails),
    path("async-fails/", views.async_fails),
    path("stream/", views.stream),
    path("stream-sync/", views.stream_sync),
    path("atomic/", views.enter_atomic),
    path("look/", views.look),
    path("look-at-once/", views.look_at_once),
    path("report/", views.report),
    path("crowd-sync/", views.crowd_sync),
    path("crowd-async/", views.crowd_async),
    path("crowd-stream/", views.crowd_stream),
    path("missing/", views.missing),
    path("to-thread/", views.to_thread),
    path("insensitive/", views.insensitive),
    path("pool/", views.pool),
    path("renew-pool/", views.renew_pool),
    path("closing/", views.closing),
    path("closing-async/", views.closing_async),
    path("times-closed/", views.times_closed),
    path("connect-receiver/", views.connect_receiver),
    path("disconnect-receiver/", views.disconnect_receiver),
    path("receivers/", views.receivers),
]
urlpatterns = [
    path("silk/silk/", include("silk.urls", namespace="silk")),
    path("<slug:site>/", include(pages)),
]
