"""Where files are kept, from a URL: a folder, or a bucket of S3, Google or Azure."""

from pathlib import Path
from typing import Any, Final

from asgi_serving.environment.buckets import bucket_from

PRIVATE: Final = "private"
"""The folder, or the beginning of the names, of files that only a view hands out."""


def storages_from(url: str, media_root: Path) -> dict[str, dict[str, Any]]:
    """Return `STORAGES` for a `STORAGE_URL`: `default`, `private`, and Django's own for static files.

    media_root: the folder for files while the URL is empty.

    Raises ImproperlyConfigured: the URL names no bucket, or something that is not known.
    """
    default, private = _bucket(url) if url else _folder(media_root)
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    return {"default": default, "private": private, "staticfiles": static}


def _folder(media_root: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    backend = "django.core.files.storage.FileSystemStorage"
    place = {"location": media_root / PRIVATE, "base_url": None}
    return {"BACKEND": backend}, {"BACKEND": backend, "OPTIONS": place}


def _bucket(url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    bucket = bucket_from(url)
    default, private = bucket.options(), bucket.private_options(PRIVATE)
    return (
        {"BACKEND": bucket.backend, "OPTIONS": default},
        {"BACKEND": bucket.backend, "OPTIONS": private},
    )


def origins_of(url: str) -> list[str]:
    """Return the origins from which browsers load the files, for the policy; none of a folder."""
    return bucket_from(url).origins() if url else []
