"""Forms that take files, and pages that hand them out."""

from asgi_serving.storages.downloads import download
from django import forms
from django.core.files.storage import storages
from django.db import models
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


class Document(models.Model):
    """Two files; there is no table of them."""

    public = models.FileField(upload_to="documents")
    private = models.FileField(upload_to="bills", storage=lambda: storages["private"])

    class Meta:
        """The project has no application of this name."""

        app_label = "files"
        managed = False


class Upload(forms.Form):
    """What a visitor sends."""

    file = forms.FileField()


def fields(name=""):
    """Return both fields of a document."""
    document = Document(public=name, private=name)
    return {"public": document.public, "private": document.private}


@csrf_exempt  # what asks is no browser
def upload(request, kind):
    """Take a file from a form; tell its name, and where it is shown."""
    form = Upload(request.POST, request.FILES)
    if not form.is_valid():
        return JsonResponse(form.errors, status=400)
    file = fields()[kind]
    sent = form.cleaned_data["file"]
    file.save(sent.name, sent, save=False)
    return JsonResponse({"name": file.name, "url": file.url if kind == "public" else ""})


def bill(request, name):
    """Hand out a private file, to whom knows a word."""
    if request.GET.get("word") != "please":
        raise Http404
    return download(fields(name)["private"], filename="Rechnung für Zoë.txt")


def size(request, name):
    """Ask the storage."""
    return HttpResponse(fields(name)["public"].size)


def home(request):
    """Answer without a file."""
    return HttpResponse("home")


urlpatterns = [
    path("", home, name="home"),
    path("upload/<kind>/", upload),
    path("bills/<path:name>", bill),
    path("sizes/<path:name>", size),
]
