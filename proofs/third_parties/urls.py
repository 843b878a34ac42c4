"""Pages as the documentation of each package shows them."""

import threading

from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.urls import include, path
from ninja import NinjaAPI
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

ninja = NinjaAPI()


@ninja.get("/sync")
def ninja_sync(request, number: int = 1):
    """Answer on a thread, with what the database says."""
    return {"double": 2 * number, "users": get_user_model().objects.count()}


@ninja.get("/async")
async def ninja_async(request, number: int = 1):
    """Answer on the loop, with what the database says."""
    return {"double": 2 * number, "users": await get_user_model().objects.acount()}


class NumberSerializer(serializers.Serializer):
    """What a client may post."""

    number = serializers.IntegerField(max_value=9)


class NumberView(APIView):
    """Double a number."""

    def get(self, request):
        """Tell how many users there are."""
        return Response({"users": get_user_model().objects.count()})

    def post(self, request):
        """Check what was posted."""
        posted = NumberSerializer(data=request.data)
        posted.is_valid(raise_exception=True)
        return Response(
            {"double": 2 * posted.validated_data["number"]}, status=status.HTTP_201_CREATED
        )


def partial(request):
    """Answer htmx with a part of the page."""
    return HttpResponse(f"<p>{request.htmx.target}</p>" if request.htmx else "<html>all</html>")


async def partial_async(request):
    """Do the same on the loop."""
    return partial(request)


def page(request):
    """Give the toolbar something to count and a place to be."""
    return HttpResponse(f"<html><body>{get_user_model().objects.count()} users</body></html>")


async def page_async(request):
    """Do the same on the loop."""
    return HttpResponse(
        f"<html><body>{await get_user_model().objects.acount()} users</body></html>"
    )


def thread(request):
    """Name the thread of a synchronous view."""
    return HttpResponse(threading.current_thread().name)


urlpatterns = [
    path("thread/", thread),
    path("partial/", partial),
    path("partial/async/", partial_async),
    path("toolbar/", page),
    path("toolbar/async/", page_async),
    path("ninja/", ninja.urls),
    path("rest/", NumberView.as_view()),
    path("accounts/", include("allauth.urls")),
    path("__debug__/", include("debug_toolbar.urls")),
    path("", include("config.urls")),
]
