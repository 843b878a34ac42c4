"""Where files are kept, from a URL: a folder, or a bucket of S3."""

from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

PRIVATE: Final = "private"
"""The folder, or the beginning of the names, of files that only a view hands out."""

LINK_TO_PRIVATE: Final = 300
"""How long a link to a private file in a bucket is valid, in seconds."""

OPTIONS: Final = {
    "region": "region_name",
    "endpoint": "endpoint_url",
    "domain": "custom_domain",
    "prefix": "location",
}
"""What the query of a URL may name, and what that is to django-storages."""


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
    options = _options(_split(url))
    prefix: str = options.get("location", "").strip("/")
    private = {
        **options,
        "location": f"{prefix}/{PRIVATE}".lstrip("/"),
        "querystring_expire": LINK_TO_PRIVATE,
    }
    private.pop("custom_domain", None)  # whose links anyone may follow
    backend = "asgi_serving.storages.s3.S3Storage"
    return {"BACKEND": backend, "OPTIONS": options}, {"BACKEND": backend, "OPTIONS": private}


def origins_of(url: str) -> list[str]:
    """Return the origins from which browsers load the files, for the policy; none of a folder."""
    if not url:
        return []
    parts = _split(url)
    options = _options(parts)
    if domain := options.get("custom_domain"):
        return [f"https://{domain}"]
    if endpoint := options.get("endpoint_url"):
        at = urlsplit(endpoint)
        return [f"{at.scheme}://{at.netloc}"]
    regions = ["", f"{options['region_name']}."] if "region_name" in options else [""]
    return [f"https://{parts.hostname}.s3.{region}amazonaws.com" for region in regions]


def _split(url: str) -> SplitResult:
    parts = urlsplit(url)
    if not parts.hostname or parts.path.strip("/"):
        raise ImproperlyConfigured(
            "STORAGE_URL must be like s3://KEY:SECRET@BUCKET?region=REGION, or s3://BUCKET"
        )
    return parts


def _options(parts: SplitResult) -> dict[str, Any]:
    """Without a key, the machine's own role is asked for one."""
    query = dict(parse_qsl(parts.query))
    if unknown := query.keys() - OPTIONS.keys():
        raise ImproperlyConfigured(
            f"STORAGE_URL has {', '.join(sorted(unknown))}, and may have {', '.join(OPTIONS)}"
        )
    options = {OPTIONS[name]: value for name, value in query.items()}
    options["bucket_name"] = parts.hostname or ""
    if parts.username:
        options["access_key"] = unquote(parts.username)
        options["secret_key"] = unquote(parts.password or "")
    return options
