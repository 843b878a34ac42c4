"""The pages as django-bolt has them: handlers, which take none of Django's middleware by default."""

import os

from django.contrib.contenttypes.models import ContentType
from django_bolt import BoltAPI
from django_bolt.responses import PlainText

api = BoltAPI(
    django_middleware="BOLT_WITH_MIDDLEWARE" in os.environ,
    trailing_slash="keep",  # else the pages' own addresses are redirected
)


@api.get("/async/")
async def plain_async() -> PlainText:
    """Answer at once."""
    return PlainText("Hello")


@api.get("/sync/")
def plain_sync() -> PlainText:
    """Answer at once."""
    return PlainText("Hello")


@api.get("/row/async/")
async def row_async() -> PlainText:
    """Fetch a row."""
    row = await ContentType.objects.aget(pk=1)
    return PlainText(f"Row {row.pk}")


@api.get("/row/sync/")
def row_sync() -> PlainText:
    """Fetch a row."""
    row = ContentType.objects.get(pk=1)
    return PlainText(f"Row {row.pk}")
