"""The home page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from serving.description import describe

from {{ cookiecutter.project_slug }}.users.models import User


async def home(request: HttpRequest) -> HttpResponse:
    """Show the page; while developing, also what serves it."""
    context = {
        "users": await User.objects.acount(),
        "serving": describe() if settings.DEBUG else {},
    }
    return render(request, "home.html", context)
