"""A page that reads the database, and the project's own."""

from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


async def number(request: HttpRequest, number: int) -> HttpResponse:
    """Answer with the number that is asked for."""
    await Group.objects.aexists()
    return HttpResponse(str(number))


urlpatterns = [
    path("pages/number/async/<int:number>/", number),
    path("", include("config.urls")),
]
