"""Azure's blob storage, by django-storages: within limits of time, and with no file that runs as a page."""

from collections.abc import Callable
from functools import wraps
from typing import Any, override

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, LinearRetry, StorageErrorCode
from django.core.files.base import File
from storages.backends import azure_storage

from asgi_serving.storages.limits import ATTEMPTS, CONNECT_TIMEOUT, READ_TIMEOUT, with_disposition
from asgi_serving.storages.unavailable import unavailable_for


def _told[**P, T](method: Callable[P, T]) -> Callable[P, T]:
    """Raise FileNotFoundError for a missing file, and StorageUnavailableError for all else."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except ResourceNotFoundError as error:
            code = getattr(error, "error_code", "")  # the storage's own addition to azure-core's
            if code == StorageErrorCode.BLOB_NOT_FOUND:
                raise FileNotFoundError(str(error.reason)) from error
            raise

    return unavailable_for(AzureError)(call)


class AzureStorage(azure_storage.AzureStorage):
    """`storages.backends.azure_storage.AzureStorage`, in which a new file takes the place of no other.

    endpoint: the URL of the account; the machine's identity is asked where there is no key.
    """

    def __init__(self, **options: Any) -> None:
        """Take the options."""
        super().__init__(**options)
        if not self.account_key:
            # It is needed without a key only, and brings much with it.
            from azure.identity import DefaultAzureCredential  # noqa: PLC0415

            self.token_credential = DefaultAzureCredential()

    @override
    def get_default_settings(self) -> dict[str, Any]:
        """Return the options that hold unless others are given."""
        defaults: dict[str, Any] = super().get_default_settings()
        return {**defaults, "endpoint": "", "overwrite_files": False, "timeout": READ_TIMEOUT}

    @override
    def _get_service_client(self) -> BlobServiceClient:
        key = {"account_name": self.account_name, "account_key": self.account_key}
        return BlobServiceClient(
            self.endpoint,
            credential=key if self.account_key else self.token_credential,
            connection_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retry_policy=LinearRetry(backoff=1, retry_total=ATTEMPTS - 1),
        )

    @override
    def get_object_parameters(self, name: str) -> dict[str, Any]:
        """Return what a file is stored with."""
        return with_disposition("content_disposition", name, super().get_object_parameters(name))

    def download_url(self, name: str, disposition: str) -> str:
        """Return a signed link to a file, answered with this Content-Disposition."""
        way: str = self.url(name, parameters={"content_disposition": disposition})
        return way

    @_told
    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        """Return a file, which is read now: later nobody would know what an error means."""
        file: File[bytes] = super()._open(name, mode)
        file.seek(0)
        return file

    _save = _told(azure_storage.AzureStorage._save)  # noqa: SLF001  # what a storage overrides
    delete = _told(azure_storage.AzureStorage.delete)
    exists = _told(azure_storage.AzureStorage.exists)
    get_modified_time = _told(azure_storage.AzureStorage.get_modified_time)
    listdir = _told(azure_storage.AzureStorage.listdir)
    size = _told(azure_storage.AzureStorage.size)
    url = _told(azure_storage.AzureStorage.url)
