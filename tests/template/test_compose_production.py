"""The production containers of a project: built, started, used and taken down again."""

from __future__ import annotations

import base64
import hmac
import json
import re
import shutil
import struct
import tarfile
import time
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

import httpx
import pytest
from rendering import render, run
from stacks import (
    DEADLINE,
    MAILBOX,
    Production,
    docker,
    eventually,
    image_removed,
    mailbox,
    started_production,
    stored,
    unique_slug,
    visited,
)

pytestmark = pytest.mark.compose

SECRETS: Final = {
    "backup_credentials",
    "backup_password",
    "cache_password",
    "database_password",
    "email_url",
    "secret_key",
    "secret_key_fallbacks",
    "storage_url",
}
CHOSEN: Final = {"backup_credentials", "email_url", "secret_key_fallbacks", "storage_url"}
"""Those that are nothing random."""


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """Start the production stack of a project with a lock."""
    folder = render(tmp_path_factory.mktemp("production"), project_slug=unique_slug())
    with started_production(folder, email_url=MAILBOX) as stack:
        yield stack


@pytest.fixture
def browser(production: Production) -> Iterator[httpx.Client]:
    """Return a browser of the production site, once that answers."""
    with production.browser() as client:
        eventually(client, "/")
        yield client


def log_in(production: Production, browser: httpx.Client) -> None:
    """Make a superuser, and log it in to the admin as a person does."""
    address, password = f"admin-{uuid.uuid4().hex[:8]}@example.com", uuid.uuid4().hex
    secret = f"DJANGO_SUPERUSER_PASSWORD={password}"
    create = f"python manage.py createsuperuser --noinput --email {address}"
    production.compose("exec", "-T", "--env", secret, "web", *create.split())
    submitted = submit(browser, "/accounts/login/?next=/admin/", login=address, password=password)
    assert (submitted.status_code, submitted.headers["location"]) == (302, "/admin/")


def submit(browser: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Open a page with a form, and send the form."""
    assert browser.get(path).status_code == 200
    return send(browser, path, **fields)


def send(browser: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Send the form of a page that is open."""
    fields["csrfmiddlewaretoken"] = browser.cookies["__Host-csrftoken"]
    return browser.post(path, data=fields, headers={"Referer": str(browser.base_url)})


def test_production_serves_https_alone(production: Production, browser: httpx.Client) -> None:
    """Plain HTTP is redirected before Django sees it."""
    page = browser.get("/")
    assert page.status_code == 200
    assert "max-age=" in page.headers["strict-transport-security"]
    plain = httpx.get(
        f"http://localhost:{production.environment['HTTP_PORT']}/a",
        timeout=DEADLINE,
        trust_env=False,
    )
    port = production.environment["HTTPS_PORT"]
    assert (plain.status_code, plain.headers["location"]) == (308, f"https://localhost:{port}/a")
    assert f'h3=":{port}"' in page.headers["alt-svc"]


def test_production_keeps_rows_over_a_stop(production: Production, browser: httpx.Client) -> None:
    """A form is sent, the containers are removed, and row and session are there again."""
    log_in(production, browser)
    assert submit(browser, "/admin/auth/group/add/", name="kept").status_code == 302
    production.compose("down")
    production.compose("up", "--detach", "--wait")
    assert "kept" in eventually(browser, "/admin/auth/group/").text


def test_production_signs_up_and_asks_for_a_second_factor(
    production: Production, browser: httpx.Client
) -> None:
    """By a message that arrives, on PostgreSQL and Valkey, through Caddy, and into the admin."""
    address, password = f"ada-{uuid.uuid4().hex[:8]}@example.com", uuid.uuid4().hex
    with mailbox(production) as arrived:
        submit(browser, "/accounts/signup/", email=address, password1=password)
        port = browser.base_url.port
        link = arrived(rf"https://localhost:{port}(/accounts/confirm-email/\S+)")
    assert submit(browser, link).headers["location"] == "/"
    promote = f"User.objects.filter(email={address!r}).update(is_staff=True, is_superuser=True)"
    production.execute("web", "python", "manage.py", "shell", "--command", promote)
    submit(browser, "/accounts/logout/")
    login, second = "/accounts/login/?next=/admin/", "/accounts/2fa/authenticate/?next=/admin/"
    entered = submit(browser, login, login=address, password=password)
    assert entered.headers["location"] == "/admin/"
    set_up = "/accounts/2fa/totp/activate/"
    submit(browser, f"/accounts/reauthenticate/?next={set_up}", password=password)
    [secret] = re.findall('value="([A-Z2-7]{32})"', browser.get(set_up).text)
    send(browser, set_up, code=code_of(secret))
    submit(browser, "/accounts/logout/")
    assert browser.get("/admin/").status_code == 302
    asked = submit(browser, login, login=address, password=password)
    assert asked.headers["location"].startswith("/accounts/2fa/authenticate/")
    assert submit(browser, second, code="x").status_code == 200
    assert submit(browser, second, code=code_of(secret)).headers["location"] == "/admin/"
    assert "Site administration" in browser.get("/admin/").text


def code_of(secret: str) -> str:
    """Return what an authenticator app shows: https://www.rfc-editor.org/rfc/rfc6238."""
    moment = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret), moment, "sha1")
    [number] = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/%6civez"])
def test_production_hides_the_probes(browser: httpx.Client, path: str) -> None:
    """They are for the machine alone, however they are spelled."""
    assert browser.get(path).status_code == 404


def test_production_limits_what_is_uploaded(browser: httpx.Client) -> None:
    """The limit is 10 MB unless another is set."""
    refused = browser.post("/admin/login/", content=bytes(11_000_000))
    assert refused.status_code == 413
    assert "<h1>That is too large</h1>" in refused.text


def test_production_knows_its_clients(production: Production, browser: httpx.Client) -> None:
    """The address is what Caddy saw, not what the client says."""
    path = f"/{uuid.uuid4().hex}"
    browser.get(path, headers={"X-Forwarded-For": "203.0.113.9"})
    lines = [json.loads(line) for line in production.log("web") if path in line]
    [client] = [line["client"] for line in lines if line["logger"] == "asgi_serving.access"]
    proxy = production.inspect("caddy", "{{json .NetworkSettings.Networks}}")
    addresses = {network["IPAddress"] for network in json.loads(proxy).values()}
    assert client not in {"203.0.113.9", "", *addresses}


FORGED: Final = {
    "Forwarded": "for=203.0.113.9;proto=http;host=evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Server": "evil.example",
}


@pytest.mark.parametrize("name", FORGED)
def test_production_knows_scheme_and_host(browser: httpx.Client, name: str) -> None:
    """What a client says of them changes no header and no redirection."""
    path = "/admin"
    plain, forged = browser.get(path), browser.get(path, headers={name: FORGED[name]})
    assert (forged.status_code, forged.headers["location"]) == (301, plain.headers["location"])
    assert forged.headers["strict-transport-security"]


def test_production_takes_no_port_from_clients(browser: httpx.Client) -> None:
    """Django puts it into links, of password resets too, and compares origins with it."""
    for host, status in ((f"localhost:{browser.base_url.port}", 200), ("localhost:666", 403)):
        browser.get("/accounts/login/")
        fields = {"csrfmiddlewaretoken": browser.cookies["__Host-csrftoken"]}
        headers = {"Host": host, "Origin": f"https://{host}"}
        assert browser.post("/accounts/login/", data=fields, headers=headers).status_code == status


def test_production_takes_no_id_of_the_log_from_clients(browser: httpx.Client) -> None:
    """Else somebody could hide among the lines of another request."""
    answer = browser.get("/", headers={"X-Request-ID": "chosen"})
    assert answer.headers["x-request-id"] != "chosen"


def test_production_keeps_uploads_and_runs_none(
    production: Production, browser: httpx.Client
) -> None:
    """They outlive their containers; nothing that a browser would run is shown in the site."""
    page = stored(production, "page.html", "<script>alert(1)</script>")
    picture = stored(production, "picture.png", "no picture")
    production.compose("rm", "--stop", "--force", "web", "caddy")
    production.compose("up", "--detach", "--wait")
    shown = {url: eventually(browser, url) for url in (page, picture)}
    for answer in shown.values():
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert shown[page].headers["content-disposition"] == "attachment"
    assert "content-disposition" not in shown[picture].headers
    assert shown[picture].headers["content-type"] == "image/png"
    assert browser.get("/media/").status_code == 404
    private = stored(production, "private/bill.txt", "of one visitor")
    assert browser.get(private).status_code == 404
    refused = production.compose("exec", "-T", "caddy", "touch", "/srv/media/x", check=False)
    assert "Read-only file system" in refused


def test_role_of_the_database_owns_it_and_nothing_else(production: Production) -> None:
    """It migrates and makes trusted extensions, and neither reads files nor runs programs."""
    name = production.folder.name
    psql = ["psql", "--username", name, "--tuples-only", "--no-align", "--command"]
    assert production.execute("postgres", *psql, "CREATE EXTENSION citext") == "CREATE EXTENSION\n"
    assert production.execute("postgres", *psql, "SHOW is_superuser") == "off\n"
    for command in (
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
        "CREATE ROLE another",
        "CREATE DATABASE another",
    ):
        refused = production.compose("exec", "-T", "postgres", *psql, command, check=False)
        assert "permission denied" in refused
    network = ["psql", "--host", "postgres", "--username", "postgres", "--no-password"]
    refused = production.compose("exec", "-T", "postgres", *network, check=False)
    assert "no password supplied" in refused


def test_password_of_the_database_changes(production: Production, browser: httpx.Client) -> None:
    """By the commands of the documentation."""
    former = production.secrets()["database_password"]
    documented(production, "A new password for the database")
    assert production.secrets()["database_password"] != former
    assert eventually(browser, "/accounts/login/").status_code == 200
    assert '"ready"' in production.execute("web", "python", "-c", READY)


READY: Final = (
    "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/readyz').read().decode())"
)


def documented(production: Production, heading: str) -> None:
    """Type the commands of a section of the project's docs/deployment.md."""
    page = (production.folder / "docs" / "deployment.md").read_text("utf-8")
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = section.partition("```sh\n")[2].partition("```")[0].replace("\\\n", "").splitlines()
    typed = "\n".join(["set -eu", *lines])
    done = run("sh", "-c", typed, cwd=production.folder, **production.environment)
    assert lines
    assert done.returncode == 0, done.stdout + done.stderr


def test_cache_asks_for_a_password_and_is_nobodys_neighbour(production: Production) -> None:
    """Web alone reaches it, and may do no more than keep values."""
    refused = production.compose("exec", "-T", "valkey", "valkey-cli", "-e", "ping", check=False)
    assert "NOAUTH" in refused
    for service in ("caddy", "postgres"):
        production.compose("exec", "-T", service, "getent", "hosts", "valkey", check=False)
    code = (
        "from django.core.cache import cache; cache.clear(); cache.set('a', {1}, 60);"
        "print(cache.get('a'), cache.incr('n', 2) if cache.add('n', 1) else 0);"
        "from redis.exceptions import NoPermissionError as No\n"
        "try: cache._cache.get_client().config_get('dir')\n"
        "except No: print('no permission')"
    )
    command = ["python", "manage.py", "shell", "--no-imports", "--command", code]
    assert production.execute("web", *command).splitlines()[-2:] == ["{1} 3", "no permission"]


def test_only_the_proxy_and_web_reach_the_internet(production: Production) -> None:
    """Others have no way out; web's is a network of its own, to be taken away in one place."""
    config = json.loads(production.compose("config", "--format", "json"))
    inside = {name for name, network in config["networks"].items() if network.get("internal")}
    services = config["services"]
    out = {name for name in services if set(services[name].get("networks", ())) - inside}
    assert out == {"caddy", "web"}
    assert set(services["web"]["networks"]) - inside == {"internet"}


def test_probe_belongs_to_web(production: Production) -> None:
    """A worker that runs another command from the same image serves nothing to probe."""
    assert production.inspect("web", "{{.State.Health.Status}}") == "healthy"
    health = docker("image", "inspect", "--format", "{{.Config.Healthcheck}}", production.image)
    assert health == "<nil>"


def test_production_refuses_unknown_hosts(production: Production, browser: httpx.Client) -> None:
    """Caddy answers for no other site, and Django for no other host."""
    assert "localhost" not in browser.get("/", headers={"Host": "evil.example"}).text
    ask = (
        "import urllib.request as r, sys;"
        "r.urlopen(r.Request('http://127.0.0.1:8000/', headers={'Host': 'evil.example'}))"
    )
    refused = production.compose("exec", "-T", "web", "python", "-c", ask, check=False)
    assert "HTTP Error 400" in refused


@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("service", ["web", "caddy"])
def test_production_logs_json_alone(production: Production, service: str) -> None:
    """From the first line on."""
    lines = production.log(service)
    assert lines
    assert all(isinstance(json.loads(line), dict) for line in lines)


@pytest.mark.parametrize("service", ["caddy", "postgres", "valkey", "web"])
def test_production_runs_without_privileges(production: Production, service: str) -> None:
    """No root, no capability, and no way to get one.

    The program in Caddy's image does not start where NET_BIND_SERVICE is out of reach.
    """
    within_reach = 1 << 10 if service == "caddy" else 0
    status = production.execute(service, "cat", "/proc/1/status")
    fields = dict(line.split(":\t", 1) for line in status.splitlines())
    assert "0" not in fields["Uid"].split()
    assert int(fields["CapBnd"], 16) == within_reach
    assert int(fields["CapEff"], 16) == int(fields["CapPrm"], 16) == 0
    assert fields["NoNewPrivs"] == "1"


@pytest.mark.parametrize("service", ["caddy", "valkey", "web"])
def test_production_cannot_change_its_files(production: Production, service: str) -> None:
    """Not even as root."""
    refused = production.compose("exec", "-T", "--user", "0", service, "touch", "/x", check=False)
    assert "Read-only file system" in refused


def test_production_shows_no_secret(production: Production) -> None:
    """Environment, image and its history name files only."""
    containers = production.compose("ps", "--all", "--quiet").split()
    shown = docker("inspect", *containers) + docker("image", "inspect", production.image)
    shown += docker("image", "history", "--no-trunc", production.image)
    assert "DATABASE_PASSWORD_FILE=/run/secrets/database_password" in shown
    secrets = production.secrets()
    assert secrets.keys() == SECRETS
    assert [name for name in SECRETS - CHOSEN if secrets[name] in shown] == []


def test_production_image_holds_no_secret(production: Production, tmp_path: Path) -> None:
    """Not in any of its layers, also not in one whose files a later one removes."""
    made = production.secrets()
    secrets = [made[name].encode() for name in SECRETS if name not in CHOSEN]
    saved = tmp_path / "image.tar"
    docker("save", "--output", str(saved), production.image)
    found = set()
    searched = 0
    with tarfile.open(saved) as image:
        layers = (member for member in image if member.isfile())
        for layer in layers:
            stored = image.extractfile(layer)
            assert stored
            if tarfile.is_tarfile(stored):
                stored.seek(0)
                searched += 1
                found |= set(files_with(secrets, stored))
    assert searched > 5
    assert found == set()


def files_with(secrets: list[bytes], layer: IO[bytes]) -> Iterator[str]:
    """Yield the names of a layer's files that hold one of the secrets."""
    with tarfile.open(fileobj=layer) as files:
        for member in files:
            stored = files.extractfile(member) if member.isfile() else None
            content = stored.read() if stored else b""
            if any(secret in content for secret in secrets):
                yield member.name


def test_production_image_holds_what_is_locked_and_nothing_for_developers(
    production: Production,
) -> None:
    """Each version is the one in the lock."""
    code = (
        "import importlib.metadata as m, json, shutil; from pathlib import Path;"
        "versions = {d.name.lower().replace('_', '-'): d.version"
        " for d in m.distributions(path=['/opt/venv/lib/' + Path('/opt/venv/lib').iterdir()"
        ".__next__().name + '/site-packages'])};"
        "print(json.dumps([versions, shutil.which('uv'), sorted(p.name for p in Path().iterdir())]))"
    )
    versions, uv, files = json.loads(production.execute("web", "python", "-c", code))
    lock = tomllib.loads((production.folder / "uv.lock").read_text("utf-8"))
    locked = {package["name"]: package.get("version") for package in lock["package"]}
    assert {"django", "gunicorn", "uvicorn-worker"} <= versions.keys()
    assert {name: locked[name] for name in versions} == versions
    assert not {"pytest", "ruff", "mypy", "nox"} & versions.keys()
    assert uv is None
    assert set(files) == {
        "__pycache__",
        "asgi_serving",
        "config",
        "gunicorn.conf.py",
        "manage.py",
        "media",
        production.folder.name,
        "pyproject.toml",
        "staticfiles",
        "uv.lock",
    }


def test_image_has_the_extras_that_are_asked_for(production: Production) -> None:
    """In the versions of the lock; what the stack is made of has none of them."""
    image = f"{production.image}-extras"
    look = "import anymail, opentelemetry.sdk, sentry_sdk, storages"
    build = (
        "build",
        "--quiet",
        "--build-arg",
        "EXTRAS=anymail,opentelemetry,s3,sentry",
        "--tag",
        image,
    )
    with image_removed(image):
        docker(*build, str(production.folder))
        docker("run", "--rm", image, "python", "-c", look)
    without = run("docker", "run", "--rm", production.image, "python", "-c", look, cwd=Path.cwd())
    assert "No module named 'anymail'" in without.stderr


def test_image_is_not_built_without_a_lock(production: Production, tmp_path: Path) -> None:
    """What to type is said instead."""
    folder = shutil.copytree(production.folder, tmp_path / "copy")
    (folder / "uv.lock").unlink()
    refused = run("docker", "build", "--progress", "plain", ".", cwd=folder)
    assert refused.returncode != 0
    assert "There is no uv.lock" in refused.stderr
    assert "uv lock" in refused.stderr


def test_production_does_not_install_again_for_changed_code(production: Production) -> None:
    """The layer of the dependencies comes from the cache."""
    production.change_code()
    build = ["docker", "build", "--progress", "plain", "--target", "production"]
    changed = f"{production.image}-changed"
    with image_removed(changed):
        output = run(*build, "--tag", changed, ".", cwd=production.folder).stderr
    steps = dict(line[1:].split(" ", 1) for line in output.splitlines() if "] " in line)
    cached = {steps[line[1:-7]] for line in output.splitlines() if line.endswith(" CACHED")}
    assert any("uv sync" in step for step in cached), output
    assert not any("collectstatic" in step for step in cached), output


@pytest.mark.usefixtures("browser")
def test_production_loses_no_request_when_web_is_replaced(production: Production) -> None:
    """Caddy holds requests until the next container answers."""
    production.change_code()
    before = production.compose("ps", "--quiet")
    with visited(production) as answers:
        production.compose("up", "--detach", "--wait", "--build")
    assert len(set(before.split()) - set(production.compose("ps", "--quiet").split())) == 1
    assert answers[200] > 2
    assert set(answers) == {200}


def test_production_stops_in_time(production: Production) -> None:
    """Well before Docker would kill it."""
    grace = production.inspect("web", "{{.Config.StopTimeout}}")
    production.compose("stop", "web")
    assert production.inspect("web", "{{.State.ExitCode}} {{.State.OOMKilled}}") == "0 false"
    production.compose("up", "--detach", "--wait")
    assert int(grace) == 40


@pytest.mark.parametrize("domain", ["localhost", "example.com", "example.com, www.example.com"])
def test_proxy_configuration_is_valid(production: Production, domain: str) -> None:
    """One domain or several, in the canonical format."""
    validate = "caddy validate --config /etc/caddy/Caddyfile"
    command = ["run", "--rm", "-T", "--env", f"DOMAIN={domain}", "caddy", *validate.split()]
    output = production.compose(*command)
    assert "Valid configuration" in output
    assert "not formatted" not in output


@pytest.mark.parametrize("missing", ["secret_key", "cache_password", "email_url"])
def test_missing_secret_is_named(production: Production, tmp_path: Path, missing: str) -> None:
    """The last line says which file is not there."""
    folder = shutil.copytree(production.folder, tmp_path / "copy")
    (folder / "secrets" / missing).unlink()
    environment = {"COMPOSE_PROJECT_NAME": unique_slug(), "IMAGE": production.image}
    copy = replace(production, folder=folder, environment=production.environment | environment)
    with copy.taken_down():
        refused = copy.compose("up", "--detach", "--no-build", check=False)
    assert f"secrets/{missing}" in refused.splitlines()[-1]


def test_secrets_are_made_once(tmp_path: Path) -> None:
    """What exists is left alone, and where messages go is asked."""
    folder = render(tmp_path)
    script, secrets = folder / "deploy" / "make-secrets", folder / "secrets"
    asked = run("sh", script, cwd=tmp_path, EMAIL_URL="")
    assert asked.returncode == 1
    assert "EMAIL_URL=consolemail:// sh deploy/make-secrets" in asked.stderr
    first = {path.name: path.read_text() for path in secrets.iterdir()}
    assert first.keys() == SECRETS - {"email_url"}
    empty = {name: first.pop(name) for name in CHOSEN - {"email_url"}}
    assert set(empty.values()) == {""}
    assert {len(value) for value in first.values()} == {64}
    assert len(set(first.values())) == len(first)
    assert secrets.stat().st_mode & 0o777 == 0o700
    for given in ("smtp+tls://u:p@mail.example.com:587", "consolemail://", ""):
        assert run("sh", script, cwd=tmp_path, EMAIL_URL=given).returncode == 0
        again = {path.name: path.read_text() for path in secrets.iterdir()}
        assert again == first | empty | {"email_url": "smtp+tls://u:p@mail.example.com:587"}
