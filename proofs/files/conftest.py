"""Sites that take files, and servers of S3, Google and Azure."""

import base64
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.serving import conftest
from tests.serving.server import DEADLINE, gunicorn

production = conftest.production

# Who ends the tests ends their servers with them.
signal.signal(signal.SIGTERM, signal.default_int_handler)


def free_port():
    """Return a port that nothing listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Service:
    """A server of buckets, which has one, `media`."""

    address: str
    at: Callable[[str, str], tuple[str, dict[str, str]]]
    """Returns the STORAGE_URL, and what else is set, for an address and a bucket."""

    links: str
    origin: str
    hidden: str
    metadata: str = ""
    """Where what a file is stored with is told, if answers do not have it."""


@contextmanager
def running(command, answers):
    """Start a server, and wait until it takes a bucket `media`."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as server:
        try:
            give_up = time.monotonic() + DEADLINE
            while time.monotonic() < give_up:
                try:
                    assert answers().is_success
                except httpx.TransportError:
                    assert server.poll() is None
                    time.sleep(0.05)
                else:
                    break
            yield
        finally:
            server.kill()


def at_s3(address, bucket):
    """Return where a bucket is."""
    return f"s3://key:se%2Fcret@{bucket}?region=eu-central-1&endpoint={address}", {}


@pytest.fixture(scope="session")
def s3():
    """Start moto's server of S3."""
    port = free_port()
    command = [Path(sys.executable).with_name("moto_server"), "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with running(command, lambda: httpx.put(f"{address}/media")):
        yield Service(
            address=address,
            at=at_s3,
            links=f"{address}/media/",
            origin=address,
            hidden="se/cret",
        )


class Tokens(BaseHTTPRequestHandler):
    """What Google's accounts answer to a key: a token, which the emulator does not look at."""

    def do_POST(self):
        """Give one."""
        body = json.dumps(
            {"access_token": "a", "token_type": "Bearer", "expires_in": 3600}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="session")
def google(tmp_path_factory):
    """Start an emulator of Google Cloud Storage, and what gives tokens to an account's key."""
    folder = tmp_path_factory.mktemp("google")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "gcp_storage_emulator", "start", "--host=127.0.0.1",
        f"--port={port}", "--default-bucket=media", "--in-memory",
    ]  # fmt: skip
    with ThreadingHTTPServer(("127.0.0.1", 0), Tokens) as accounts:
        threading.Thread(target=accounts.serve_forever, daemon=True).start()
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        account = {
            "type": "service_account",
            "project_id": "project",
            "client_email": "site@project.example.com",
            "private_key_id": "1",
            "private_key": key.decode(),
            "token_uri": f"http://127.0.0.1:{accounts.server_address[1]}/token",
        }
        file = folder / "account.json"
        file.write_text(json.dumps(account))

        def at(address, bucket):
            key = {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}
            return f"gs://{bucket}", key | {"STORAGE_EMULATOR_HOST": address}

        with running(command, lambda: httpx.get(f"{address}/")):
            yield Service(
                address=address,
                at=at,
                links=f"{address}/media/",
                origin="https://storage.googleapis.com",
                hidden="PRIVATE KEY",
                metadata=f"{address}/storage/v1/b/media/o/",
            )
        accounts.shutdown()


AZURE_ACCOUNT = "devstoreaccount1"
AZURE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
"""Of the emulator: https://learn.microsoft.com/azure/storage/common/storage-use-azurite."""


def at_azure(address, bucket):
    """Return where a container is: below the account, as the emulator has no names for accounts."""
    key = AZURE_KEY.replace("/", "%2F").replace("+", "%2B")
    return f"azure://{AZURE_ACCOUNT}:{key}@{bucket}?endpoint={address}/{AZURE_ACCOUNT}", {}


@pytest.fixture(scope="session")
def azure(tmp_path_factory):
    """Start Azure's own emulator, Azurite, whose program AZURITE names."""
    port = free_port()
    command = [
        os.environ["AZURITE"], "--blobHost=127.0.0.1", f"--blobPort={port}", "--silent",
        f"--location={tmp_path_factory.mktemp('azure')}", "--skipApiVersionCheck",
    ]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with running(command, lambda: make_container(address)):
        yield Service(
            address=address,
            at=at_azure,
            links=f"{address}/{AZURE_ACCOUNT}/media/",
            origin=address,
            hidden=AZURE_KEY,
        )


def make_container(address):
    """Ask for `media`: https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    told = "".join(f"{name}:{value}\n" for name, value in headers.items())
    signed = f"PUT{chr(10) * 12}{told}/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/media\nrestype:container"
    digest = hmac.digest(base64.b64decode(AZURE_KEY), signed.encode(), "sha256")
    headers["Authorization"] = f"SharedKey {AZURE_ACCOUNT}:{base64.b64encode(digest).decode()}"
    return httpx.put(f"{address}/{AZURE_ACCOUNT}/media?restype=container", headers=headers)


@pytest.fixture(scope="session", params=["s3", "google", "azure"])
def service(request):
    """Give each of the services."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def site(production, tmp_path_factory):
    """Give a function that starts the site with a STORAGE_URL."""

    @contextmanager
    def start(url, **changes):
        media = tmp_path_factory.mktemp("media")
        environment = {
            **production,
            "DJANGO_SETTINGS_MODULE": "tests.files.settings",
            "STORAGE_URL": url,
            "TEST_MEDIA_ROOT": str(media),
            "WEB_CONCURRENCY": "1",
            "LANES_WAIT": "600",  # a slow machine is not what is looked for
            "GUNICORN_TIMEOUT": "600",
            **changes,
        }
        with gunicorn(tmp_path_factory.mktemp("site"), environment) as server:
            server.media = media
            yield server

    return start
