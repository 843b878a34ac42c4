"""Pages of each kind, for a comparison request by request."""

from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.views import View


def plain(request, number):
    """Answer on a thread."""
    return HttpResponse(f"{number} {request.user.get_username()}")


async def plain_async(request, number):
    """Answer on the loop."""
    return HttpResponse(f"{number} {(await request.auser()).get_username()}")


def ignored(request):
    """Answer on a thread; nothing else asks for it."""
    return HttpResponse("ignored")


class Plain(View):
    """Answer on a thread, from a class."""

    def get(self, request, number):
        """Answer."""
        return plain(request, number)


class PlainAsync(View):
    """Answer on the loop, from a class."""

    async def get(self, request, number):
        """Answer."""
        return await plain_async(request, number)


def template(request):
    """Render after the view."""
    return TemplateResponse(request, "404.html")


def fail(request):
    """Fail on a thread."""
    raise RuntimeError("The view fails")


async def fail_async(request):
    """Fail on the loop."""
    raise RuntimeError("The view fails")


async def missing(request):
    """Miss something."""
    raise Http404("There is no such thing")


urlpatterns = [
    path("users/<int:number>/", plain, name="user"),
    path("users/<int:number>/async/", plain_async, name="user-async"),
    path("classes/<int:number>/", Plain.as_view(), name="class"),
    path("classes/<int:number>/async/", PlainAsync.as_view(), name="class-async"),
    path("ignored/", ignored),
    path("template/", template, name="template"),
    path("fail/", fail, name="fail"),
    path("fail/async/", fail_async, name="fail-async"),
    path("missing/", missing, name="missing"),
]
