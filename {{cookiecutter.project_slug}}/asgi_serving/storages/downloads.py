"""The answer with which a view hands out a file, once it knows that the visitor may have it."""

from pathlib import PurePosixPath

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import content_disposition_header


def download(file: FieldFile, filename: str = "") -> HttpResponseBase:
    """Return the file as an attachment: itself, or a way to its bucket that is valid for minutes.

    file: of a model's field, such as `FileField(storage=storages["private"])`.
    filename: what the visitor's browser calls it; empty for its own name.

    Raises FileNotFoundError, and StorageUnavailableError while the bucket cannot be used.
    """
    name, storage = file.name or "", file.storage
    called = filename or PurePosixPath(name).name
    link = getattr(storage, "download_url", None)
    if link is None:
        return FileResponse(storage.open(name), as_attachment=True, filename=called)
    disposition = content_disposition_header(as_attachment=True, filename=called)
    response = HttpResponseRedirect(link(name, disposition))
    response["Cache-Control"] = "private, no-store"
    return response
