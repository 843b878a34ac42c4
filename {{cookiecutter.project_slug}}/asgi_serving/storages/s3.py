"""S3, by django-storages: within limits of time, and with no file that runs as a page."""

import mimetypes
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, override

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends import s3

from asgi_serving.storages.unavailable import StorageUnavailableError

CONNECT_TIMEOUT: Final = 3
READ_TIMEOUT: Final = 10
ATTEMPTS: Final = 2
"""How long S3 may take, in seconds, and how often it is asked: a request waits for that on a lane.

botocore's own are 60 seconds each, and five attempts.
"""

SHOWN: Final = (
    "audio/",
    "image/avif",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/",
)
"""The kinds that a browser may show; others are downloaded, for they might be pages with scripts."""


def _told[**P, T](method: Callable[P, T]) -> Callable[P, T]:
    """Raise StorageUnavailableError in the place of what boto3 raises when S3 cannot be used."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except (Boto3Error, BotoCoreError, ClientError) as error:
            raise StorageUnavailableError(" ".join(str(error).split())) from error

    return call


class S3Storage(s3.S3Storage):
    """`storages.backends.s3.S3Storage`, in which a new file takes the place of no other."""

    @override
    def get_default_settings(self) -> dict[str, Any]:
        """Return the options that hold unless others are given."""
        limits = Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            signature_version="s3v4",
        )
        defaults: dict[str, Any] = super().get_default_settings()
        return {**defaults, "file_overwrite": False, "client_config": limits}

    @override
    def get_object_parameters(self, name: str) -> dict[str, Any]:
        """Return what a file is stored with."""
        parameters: dict[str, Any] = super().get_object_parameters(name)
        kind = mimetypes.guess_type(name)[0] or ""
        if not kind.startswith(SHOWN):
            parameters.setdefault("ContentDisposition", "attachment")
        return parameters

    _open = _told(s3.S3Storage._open)  # noqa: SLF001  # what a storage overrides
    _save = _told(s3.S3Storage._save)  # noqa: SLF001
    delete = _told(s3.S3Storage.delete)
    exists = _told(s3.S3Storage.exists)
    get_modified_time = _told(s3.S3Storage.get_modified_time)
    listdir = _told(s3.S3Storage.listdir)
    size = _told(s3.S3Storage.size)
