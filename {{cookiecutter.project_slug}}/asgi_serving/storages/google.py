"""Google Cloud Storage, by django-storages: within limits of time, and with no file that runs as a page."""

from typing import Any, Final, override

import google.auth
import requests
from google.api_core.exceptions import GoogleAPIError
from google.auth.credentials import Signing
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession, Request
from google.cloud.storage import Client
from google.cloud.storage.blob import Blob
from requests import Response
from requests.adapters import HTTPAdapter
from storages.backends import gcloud

from asgi_serving.storages.limits import CONNECT_TIMEOUT, READ_TIMEOUT, with_disposition
from asgi_serving.storages.unavailable import StorageUnavailableError, unavailable_for

SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)

TRIED_AGAIN: Final = (408, 429, 500, 502, 503, 504)
"""The statuses after which it does: https://cloud.google.com/storage/docs/retry-strategy."""

_told = unavailable_for(GoogleAPIError, GoogleAuthError, requests.RequestException)


class _Limits(HTTPAdapter):
    """Gives up within seconds: Google's package tries again for two minutes what it may try again.

    It does not do so for StorageUnavailableError.
    """

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Response:
        options["timeout"] = (CONNECT_TIMEOUT, READ_TIMEOUT)
        try:
            response = super().send(request, *args, **options)
        except requests.RequestException as error:
            raise StorageUnavailableError(" ".join(str(error).split())) from error
        if response.status_code in TRIED_AGAIN:
            raise StorageUnavailableError(f"{response.status_code} {response.reason}")
        return response


def _limited(session: requests.Session) -> requests.Session:
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Limits())
    return session


class GoogleStorage(gcloud.GoogleCloudStorage):
    """`GoogleCloudStorage`, in which a new file takes the place of no other."""

    _client: Client | None

    @override
    def get_default_settings(self) -> dict[str, Any]:
        """Return the options that hold unless others are given."""
        defaults: dict[str, Any] = super().get_default_settings()
        return {**defaults, "file_overwrite": False}

    @property
    def client(self) -> Client:
        """Return the client, which signs by itself if its credentials have a key, or else by Google's API."""
        if self._client is None:
            self.credentials, project = google.auth.default(scopes=SCOPES)
            self.iam_sign_blob = not isinstance(self.credentials, Signing)
            tokens = Request(_limited(requests.Session()))
            session = _limited(
                # It has no types.
                AuthorizedSession(self.credentials, auth_request=tokens)  # type: ignore[no-untyped-call]
            )
            self._client = Client(project=project, credentials=self.credentials, _http=session)
        return self._client

    @override
    def get_object_parameters(self, name: str) -> dict[str, Any]:
        """Return what a file is stored with."""
        return with_disposition("content_disposition", name, super().get_object_parameters(name))

    def download_url(self, name: str, disposition: str) -> str:
        """Return a signed link to a file, answered with this Content-Disposition."""
        way: str = self.url(name, parameters={"response_disposition": disposition})
        return way

    @override
    def _get_blob(self, name: str) -> Blob:
        """Return what is known of a file. Raises FileNotFoundError."""
        if (blob := self.bucket.get_blob(name)) is None:
            raise FileNotFoundError(name)
        return blob

    _open = _told(gcloud.GoogleCloudStorage._open)  # noqa: SLF001  # what a storage overrides
    _save = _told(gcloud.GoogleCloudStorage._save)  # noqa: SLF001
    delete = _told(gcloud.GoogleCloudStorage.delete)
    exists = _told(gcloud.GoogleCloudStorage.exists)
    get_modified_time = _told(gcloud.GoogleCloudStorage.get_modified_time)
    listdir = _told(gcloud.GoogleCloudStorage.listdir)
    size = _told(gcloud.GoogleCloudStorage.size)
    url = _told(gcloud.GoogleCloudStorage.url)
