"""The options of django-storages for a bucket that a URL names."""

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Any, ClassVar, Final, override
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

LINK: Final = 3600
LINK_TO_PRIVATE: Final = 300
"""How long a link to a file is valid, in seconds; one without a domain of its own is signed."""


class Bucket(ABC):
    """A bucket at one of the services, as a URL names it.

    Raises ImproperlyConfigured: the URL names no bucket, or something that is not known.
    """

    backend: ClassVar[str]
    form: ClassVar[str]
    """What the URL looks like."""

    query_names: ClassVar[tuple[str, ...]] = ("endpoint", "domain", "prefix")

    def __init__(self, parts: SplitResult) -> None:
        """Read the parts of the URL."""
        self.query = dict(parse_qsl(parts.query))
        if not parts.hostname or parts.path.strip("/"):
            raise ImproperlyConfigured(f"STORAGE_URL must be like {self.form}")
        if unknown := self.query.keys() - set(self.query_names):
            unknown_names, names = ", ".join(sorted(unknown)), ", ".join(self.query_names)
            raise ImproperlyConfigured(f"STORAGE_URL has {unknown_names}, and may have {names}")
        self.name = parts.hostname
        self.user, self.secret = unquote(parts.username or ""), unquote(parts.password or "")
        self.prefix = self.query.get("prefix", "").strip("/")
        self.domain = self.query.get("domain", "")
        self.endpoint = self.query.get("endpoint", "")

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """Return the options of the storage of public files."""

    @abstractmethod
    def private_options(self, folder: str) -> dict[str, Any]:
        """Return those of the storage of private ones, without a domain: its links are for ever."""

    def private_location(self, folder: str) -> str:
        """Return the beginning of the names of private files."""
        return f"{self.prefix}/{folder}".lstrip("/")

    def origins(self) -> list[str]:
        """Return the origins of links to public files."""
        if self.domain:
            return [f"https://{self.domain}"]
        if self.endpoint:
            at = urlsplit(self.endpoint)
            return [f"{at.scheme}://{at.netloc}"]
        return self.own_origins()

    @abstractmethod
    def own_origins(self) -> list[str]:
        """Return those of the service itself."""


class S3Bucket(Bucket):
    """A bucket of S3, or of a service that speaks it. Without a key, the machine's role is asked for one."""

    backend = "asgi_serving.storages.s3.S3Storage"
    form = "s3://KEY:SECRET@BUCKET?region=REGION, or s3://BUCKET"
    query_names = ("region", *Bucket.query_names)

    @override
    def options(self) -> dict[str, Any]:
        found = {
            "bucket_name": self.name,
            "access_key": self.user,
            "secret_key": self.secret,
            "region_name": self.query.get("region"),
            "endpoint_url": self.endpoint,
            "custom_domain": self.domain,
            "location": self.prefix,
        }
        return {name: value for name, value in found.items() if value}

    @override
    def private_options(self, folder: str) -> dict[str, Any]:
        options = self.options()
        options.pop("custom_domain", None)
        private = {
            "location": self.private_location(folder),
            "querystring_expire": LINK_TO_PRIVATE,
        }
        return options | private

    @override
    def own_origins(self) -> list[str]:
        region = self.query.get("region")
        regions = ["", f"{region}."] if region else [""]
        return [f"https://{self.name}.s3.{region}amazonaws.com" for region in regions]


class GoogleBucket(Bucket):
    """A bucket of Google Cloud Storage, with the credentials that Google's own packages find."""

    backend = "asgi_serving.storages.google.GoogleStorage"
    form = "gs://BUCKET"
    query_names = ("domain", "prefix")

    @override
    def options(self) -> dict[str, Any]:
        signed = {"querystring_auth": True, "expiration": timedelta(seconds=LINK)}
        public = {"querystring_auth": False, "custom_endpoint": f"https://{self.domain}"}
        place = {"bucket_name": self.name, "location": self.prefix}
        return place | (public if self.domain else signed)

    @override
    def private_options(self, folder: str) -> dict[str, Any]:
        return {
            "bucket_name": self.name,
            "location": self.private_location(folder),
            "querystring_auth": True,
            "expiration": timedelta(seconds=LINK_TO_PRIVATE),
        }

    @override
    def own_origins(self) -> list[str]:
        return ["https://storage.googleapis.com"]


class AzureContainer(Bucket):
    """A container of Azure's blob storage. Without a key, the machine's own identity is asked for one."""

    backend = "asgi_serving.storages.azure.AzureStorage"
    form = "azure://ACCOUNT:KEY@CONTAINER, or azure://ACCOUNT@CONTAINER"

    def __init__(self, parts: SplitResult) -> None:
        """Read the parts of the URL, of which the account is one."""
        super().__init__(parts)
        if not self.user:
            raise ImproperlyConfigured(f"STORAGE_URL must be like {self.form}")

    @override
    def options(self) -> dict[str, Any]:
        public = {"custom_domain": self.domain}
        signed = {"expiration_secs": LINK}
        return self.account() | {"location": self.prefix} | (public if self.domain else signed)

    @override
    def private_options(self, folder: str) -> dict[str, Any]:
        place = {"location": self.private_location(folder), "expiration_secs": LINK_TO_PRIVATE}
        return self.account() | place

    def account(self) -> dict[str, Any]:
        """Return what both kinds of files have in common."""
        return {
            "account_name": self.user,
            "account_key": self.secret or None,
            "azure_container": self.name,
            "endpoint": self.endpoint or self.own_origins()[0],
        }

    @override
    def own_origins(self) -> list[str]:
        return [f"https://{self.user}.blob.core.windows.net"]


SERVICES: Final[dict[str, type[Bucket]]] = {
    "s3": S3Bucket,
    "gs": GoogleBucket,
    "azure": AzureContainer,
}


def bucket_from(url: str) -> Bucket:
    """Return the bucket that a `STORAGE_URL` names. Raises ImproperlyConfigured."""
    parts = urlsplit(url)
    if service := SERVICES.get(parts.scheme):
        return service(parts)
    forms = "; ".join(service.form for service in SERVICES.values())
    raise ImproperlyConfigured(f"STORAGE_URL must be like one of: {forms}")
