"""Files of visitors: in a folder and in a bucket, shown to all and handed out by a view."""

import re
import socket
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from asgi_serving.environment.storages import origins_of, storages_from
from django.core.exceptions import ImproperlyConfigured
from tests.files.conftest import free_port

from tests.serving.server import manage

CONTENT = b"of one visitor"


@pytest.fixture(scope="module")
def folder(site):
    """Start the site with a folder."""
    with site("") as server:
        yield server


@pytest.fixture(scope="module")
def bucket(site, service):
    """Start the site with a bucket."""
    url, variables = service.at(service.address, "media")
    with site(url, **variables) as server:
        yield server


def upload(server, kind, name, content=CONTENT):
    """Send a file by a form."""
    return server.client.post(f"/upload/{kind}/", files={"file": (name, content)})


def test_public_file_is_kept_in_the_folder(folder):
    """The proxy shows it; a second one of its name takes another."""
    first, second = (upload(folder, "public", "list.txt").json() for _ in range(2))
    assert first["url"] == "/media/documents/list.txt"
    assert (folder.media / first["name"]).read_bytes() == CONTENT
    assert second["name"] != first["name"]


def test_private_file_of_the_folder_is_handed_out_by_a_view(folder):
    """To nobody else; the proxy hides the folder `private`."""
    name = upload(folder, "private", "bill.txt").json()["name"]
    assert (folder.media / "private" / name).read_bytes() == CONTENT
    assert folder.client.get(f"/bills/{name}").status_code == 404
    answer = folder.client.get(f"/bills/{name}", params={"word": "please"})
    assert answer.content == CONTENT
    disposition = answer.headers["content-disposition"]
    assert disposition == "attachment; filename*=utf-8''Rechnung%20f%C3%BCr%20Zo%C3%AB.txt"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "disposition"), [("page.html", "attachment"), ("picture.png", None)]
)
def test_public_file_of_a_bucket_is_shown_by_a_link(bucket, service, name, disposition):
    """What might be a page is downloaded; a second one of its name takes another."""
    first, second = (upload(bucket, "public", name).json() for _ in range(2))
    assert second["name"] != first["name"]
    answer = httpx.get(first["url"])
    assert answer.content == CONTENT
    told = answer.headers.get("content-disposition")
    if service.metadata:
        kept = httpx.get(f"{service.metadata}{quote(first['name'], safe='')}").json()
        told = kept.get("contentDisposition")
    assert told == disposition


def test_private_file_of_a_bucket_is_handed_out_by_a_view(bucket, service):
    """By a link that is valid for minutes, and kept by no cache."""
    name = upload(bucket, "private", "bill.txt").json()["name"]
    assert bucket.client.get(f"/bills/{name}").status_code == 404
    way = bucket.client.get(f"/bills/{name}", params={"word": "please"})
    assert way.status_code == 302
    assert way.headers["cache-control"] == "private, no-store"
    link = httpx.URL(way.headers["location"])
    assert str(link).startswith(f"{service.links}private/{name}?")
    assert 0 < seconds_valid(link.params) <= 300
    answer = httpx.get(link)
    assert answer.content == CONTENT
    assert answer.headers["content-disposition"].startswith("attachment; filename*=utf-8''Rechnung")


def seconds_valid(link):
    """Return for how long, as each service says it."""
    if "se" in link:
        until = datetime.fromisoformat(link["se"])
        return (until - datetime.now(UTC)).total_seconds()
    return int(link.get("X-Amz-Expires") or link["X-Goog-Expires"])


def test_pages_may_load_pictures_from_the_bucket(bucket, folder, service):
    """And from nowhere else."""
    policies = [
        server.client.get("/").headers["content-security-policy"] for server in (folder, bucket)
    ]
    images = [policy.partition("img-src ")[2].partition(";")[0] for policy in policies]
    assert images == ["'self' data:", f"'self' data: {service.origin}"]


def sent_in_vain(server):
    """Send a file, and look at pages that need none; return the answer and what the log says."""
    page = {"Accept": "text/html"}
    file = {"file": ("a.txt", CONTENT)}
    answer = server.client.post("/upload/public/", files=file, headers=page)
    assert server.client.get("/").is_success
    assert server.client.get("/readyz").is_success
    assert "Traceback" not in server.log.read_text()
    [line] = [line["message"] for line in server.lines() if "The storage" in line["message"]]
    return answer, line


def test_missing_bucket_is_a_page_and_a_line(site, service):
    """Nothing is accepted that is not kept, and the rest of the site is served."""
    url, variables = service.at(service.address, "missing")
    with site(url, **variables) as server:
        answer, line = sent_in_vain(server)
    assert answer.status_code == 503
    assert "Busy right now" in answer.text
    assert "retry-after" in answer.headers
    assert "(see STORAGE_URL)" in line
    assert service.hidden not in line


def test_unreachable_bucket_is_a_page_and_a_line(site, service):
    """Also where a file is asked for. Commands and health checks do not wait for it."""
    url, variables = service.at(f"http://127.0.0.1:{free_port()}", "media")
    with site(url, **variables) as server:
        answer, line = sent_in_vain(server)
        assert answer.status_code == 503
        assert re.search("could not connect|refused", line, re.IGNORECASE)
        assert server.client.get("/sizes/documents/a.txt").status_code == 503
        for command in ("check", "migrate"):
            done = manage(command, env=server.environment)
            assert done.returncode == 0, done.stderr


def test_silent_bucket_is_not_waited_for_without_end(site, service):
    """It accepts connections, and never answers: the SDKs' own limits are minutes."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        url, variables = service.at(f"http://127.0.0.1:{silent.getsockname()[1]}", "media")
        with site(url, **variables) as server:
            assert upload(server, "public", "a.txt").status_code == 503


@pytest.mark.parametrize(
    ("url", "origins"),
    [
        ("", []),
        ("s3://media", ["https://media.s3.amazonaws.com"]),
        (
            "s3://media?region=eu-central-1",
            ["https://media.s3.amazonaws.com", "https://media.s3.eu-central-1.amazonaws.com"],
        ),
        ("s3://media?endpoint=https://minio.example.com:9000", ["https://minio.example.com:9000"]),
        ("s3://media?domain=cdn.example.com&region=x", ["https://cdn.example.com"]),
        ("gs://media", ["https://storage.googleapis.com"]),
        ("gs://media?domain=cdn.example.com", ["https://cdn.example.com"]),
        ("azure://site:key@media", ["https://site.blob.core.windows.net"]),
        ("azure://site@media?domain=cdn.example.com", ["https://cdn.example.com"]),
    ],
)
def test_policy_names_where_files_are(url, origins):
    """As django-storages makes links to them."""
    assert origins_of(url) == origins


@pytest.mark.parametrize("bucket", ["s3://media", "gs://media", "azure://site:key@media"])
def test_own_domain_is_not_that_of_private_files(bucket):
    """Whoever has a link of such a domain may follow it for ever."""
    made = storages_from(f"{bucket}?domain=cdn.example.com&prefix=site", Path("media"))
    assert "cdn.example.com" in str(made["default"]["OPTIONS"])
    assert "cdn.example.com" not in str(made["private"]["OPTIONS"])
    assert made["private"]["OPTIONS"]["location"] == "site/private"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://", "STORAGE_URL must be like s3://KEY:SECRET@BUCKET"),
        ("azure://media", "STORAGE_URL must be like azure://ACCOUNT:KEY@CONTAINER"),
        ("ftp://key:secret@media", "STORAGE_URL must be like one of: s3://"),
        ("s3://key:secret@host/bucket", "STORAGE_URL must be like s3://KEY:SECRET@BUCKET"),
        (
            "s3://media?regoin=x",
            "STORAGE_URL has regoin, and may have region, endpoint, domain, prefix",
        ),
    ],
)
def test_wrong_url_is_one_line(url, message):
    """Which does not show the secret."""
    with pytest.raises(ImproperlyConfigured) as refusal:
        storages_from(url, Path("media"))
    assert str(refusal.value).startswith(message)
    assert "secret@" not in str(refusal.value)
