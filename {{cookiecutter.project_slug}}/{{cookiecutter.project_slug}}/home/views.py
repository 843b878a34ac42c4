"""The home page, and the icon of all pages."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static

from asgi_serving.inspection.description import describe


async def home(request: HttpRequest) -> HttpResponse:
    """Show the page; while developing, also what is next, and what serves it."""
    # Awaited here, because the templates' own `user` would ask the database when it may not wait.
    context = {"user": await request.auser(), "serving": describe() if settings.DEBUG else {}}
    return render(request, "home.html", context)


async def favicon(request: HttpRequest) -> HttpResponse:
    """Lead to the icon from pages that do not name it, such as those of the admin."""
    return redirect(static("img/icon.svg"))
