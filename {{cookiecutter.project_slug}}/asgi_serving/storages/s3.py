"""S3, by django-storages: within limits of time, and with no file that runs as a page."""

from typing import Any, override

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends import s3

from asgi_serving.storages.limits import ATTEMPTS, CONNECT_TIMEOUT, READ_TIMEOUT, with_disposition
from asgi_serving.storages.unavailable import unavailable_for

_told = unavailable_for(Boto3Error, BotoCoreError, ClientError)


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
        return with_disposition("ContentDisposition", name, super().get_object_parameters(name))

    def download_url(self, name: str, disposition: str) -> str:
        """Return a signed link to a file, answered with this Content-Disposition."""
        way: str = self.url(name, parameters={"ResponseContentDisposition": disposition})
        return way

    _open = _told(s3.S3Storage._open)  # noqa: SLF001  # what a storage overrides
    _save = _told(s3.S3Storage._save)  # noqa: SLF001
    delete = _told(s3.S3Storage.delete)
    exists = _told(s3.S3Storage.exists)
    get_modified_time = _told(s3.S3Storage.get_modified_time)
    listdir = _told(s3.S3Storage.listdir)
    size = _told(s3.S3Storage.size)
