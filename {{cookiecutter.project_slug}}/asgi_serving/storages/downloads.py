"""The answer with which a view hands out a file, once it knows that the visitor may have it."""

from pathlib import PurePosixPath

from django.core.files.storage import FileSystemStorage
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
    if isinstance(storage, FileSystemStorage):
        return FileResponse(storage.open(name), as_attachment=True, filename=called)
    disposition = content_disposition_header(as_attachment=True, filename=called)
    parameters = {"ResponseContentDisposition": disposition}
    way = storage.url(name, parameters=parameters)  # type: ignore[call-arg]  # S3's takes them
    response = HttpResponseRedirect(way)
    response["Cache-Control"] = "private, no-store"
    return response
