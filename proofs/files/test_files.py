"""Files of visitors: in a folder and in a bucket, shown to all and handed out by a view."""

import socket
from pathlib import Path

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
def bucket(site, s3):
    """Start the site with a bucket."""
    with site(f"s3://key:se%2Fcret@media?region=eu-central-1&endpoint={s3}") as server:
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
def test_public_file_of_a_bucket_is_shown_by_a_link(bucket, name, disposition):
    """What might be a page is downloaded; a second one of its name takes another."""
    first, second = (upload(bucket, "public", name).json() for _ in range(2))
    assert second["name"] != first["name"]
    answer = httpx.get(first["url"])
    assert answer.content == CONTENT
    assert answer.headers.get("content-disposition") == disposition


def test_private_file_of_a_bucket_is_handed_out_by_a_view(bucket, s3):
    """By a link that is valid for minutes, and kept by no cache."""
    name = upload(bucket, "private", "bill.txt").json()["name"]
    assert bucket.client.get(f"/bills/{name}").status_code == 404
    way = bucket.client.get(f"/bills/{name}", params={"word": "please"})
    assert way.status_code == 302
    assert way.headers["cache-control"] == "private, no-store"
    link = httpx.URL(way.headers["location"])
    assert str(link).startswith(f"{s3}/media/private/{name}?")
    assert link.params["X-Amz-Expires"] == "300"
    answer = httpx.get(link)
    assert answer.content == CONTENT
    assert answer.headers["content-disposition"].startswith("attachment; filename*=utf-8''Rechnung")


def test_pages_may_load_pictures_from_the_bucket(bucket, folder, s3):
    """And from nowhere else."""
    policies = [
        server.client.get("/").headers["content-security-policy"] for server in (folder, bucket)
    ]
    images = [policy.partition("img-src ")[2].partition(";")[0] for policy in policies]
    assert images == ["'self' data:", f"'self' data: {s3}"]


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


def test_missing_bucket_is_a_page_and_a_line(site, s3):
    """Nothing is accepted that is not kept, and the rest of the site is served."""
    with site(f"s3://key:secret@missing?endpoint={s3}") as server:
        answer, line = sent_in_vain(server)
    assert answer.status_code == 503
    assert "Busy right now" in answer.text
    assert "retry-after" in answer.headers
    assert "(see STORAGE_URL)" in line
    assert "NoSuchBucket" in line
    assert "secret" not in line


def test_unreachable_bucket_is_a_page_and_a_line(site):
    """Also where a file is asked for. Commands and health checks do not wait for it."""
    url = f"s3://key:secret@media?endpoint=http://127.0.0.1:{free_port()}"
    with site(url) as server:
        answer, line = sent_in_vain(server)
        assert answer.status_code == 503
        assert "Could not connect to the endpoint" in line
        assert server.client.get("/sizes/documents/a.txt").status_code == 503
        for command in ("check", "migrate"):
            done = manage(command, env=server.environment)
            assert done.returncode == 0, done.stderr


def test_silent_bucket_is_not_waited_for_without_end(site):
    """It accepts connections, and never answers: the SDK's own limits are minutes."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        url = f"s3://key:secret@media?endpoint=http://127.0.0.1:{silent.getsockname()[1]}"
        with site(url) as server:
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
    ],
)
def test_policy_names_where_files_are(url, origins):
    """As django-storages makes links to them."""
    assert origins_of(url) == origins


def test_own_domain_is_not_that_of_private_files():
    """Whoever has a link of such a domain may follow it for ever."""
    made = storages_from("s3://media?domain=cdn.example.com&prefix=site", Path("media"))
    assert made["default"]["OPTIONS"]["custom_domain"] == "cdn.example.com"
    assert "custom_domain" not in made["private"]["OPTIONS"]
    assert made["private"]["OPTIONS"]["location"] == "site/private"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://", "STORAGE_URL must be like s3://KEY:SECRET@BUCKET"),
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
