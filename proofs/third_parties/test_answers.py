"""The packages answer the same with lanes as with Django's own handler."""

import re

import httpx
import pytest

from tests.serving.server import gunicorn, manage, production_environment

PASSWORD = "a password of Ada's"
FRIEND = {"Origin": "https://friend.example"}
STRANGER = {"Origin": "https://stranger.example"}
PREFLIGHT = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-color"}
HTMX = {"HX-Request": "true", "HX-Target": "list"}
JSON = {"Accept": "application/json"}

CASES = {
    "cors-preflight": ("OPTIONS", "/rest/", {"headers": {**FRIEND, **PREFLIGHT}}, 200),
    "cors-preflight-stranger": ("OPTIONS", "/rest/", {"headers": {**STRANGER, **PREFLIGHT}}, 200),
    "cors-simple": ("GET", "/ninja/async", {"headers": FRIEND}, 200),
    "cors-simple-sync": ("GET", "/rest/", {"headers": {**FRIEND, **JSON}}, 200),
    "cors-stranger": ("GET", "/ninja/async", {"headers": STRANGER}, 200),
    "htmx": ("GET", "/partial/", {"headers": HTMX}, 200),
    "htmx-async": ("GET", "/partial/async/", {"headers": HTMX}, 200),
    "htmx-page": ("GET", "/partial/async/", {}, 200),
    "ninja-sync": ("GET", "/ninja/sync?number=4", {}, 200),
    "ninja-async": ("GET", "/ninja/async?number=4", {}, 200),
    "ninja-invalid": ("GET", "/ninja/async?number=four", {}, 422),
    "ninja-method": ("POST", "/ninja/sync", {}, 405),
    "ninja-docs": ("GET", "/ninja/openapi.json", {}, 200),
    "rest": ("GET", "/rest/", {"headers": JSON}, 200),
    "rest-browser": ("GET", "/rest/", {"headers": {"Accept": "text/html"}}, 200),
    "rest-post": ("POST", "/rest/", {"json": {"number": 4}}, 201),
    "rest-invalid": ("POST", "/rest/", {"json": {"number": 10}}, 400),
    "rest-malformed": ("POST", "/rest/", {"content": "{", "headers": {"Content-Type": "application/json"}}, 400),
    "rest-method": ("DELETE", "/rest/", {}, 405),
    "allauth-login": ("GET", "/accounts/login/", {}, 200),
    "allauth-login-htmx": ("GET", "/accounts/login/", {"headers": HTMX}, 200),
    "allauth-signup": ("GET", "/accounts/signup/", {}, 200),
    "allauth-password": ("GET", "/accounts/password/change/", {}, 302),
    "missing": ("GET", "/no-such-page/", {}, 404),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def servers(tmp_path_factory):
    """Clients of a server with lanes, and of one that leaves all to Django."""
    folder = tmp_path_factory.mktemp("third-parties")
    env = production_environment(
        folder,
        DJANGO_SETTINGS_MODULE="tests.third_parties.settings",
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
        WEB_CONCURRENCY="1",
    )
    for command in (
        ("migrate", "--no-input"),
        ("createsuperuser", "--no-input", "--username=ada", "--email=ada@example.com"),
    ):
        done = manage(*command, env=env)
        assert done.returncode == 0, done.stderr
    with (
        gunicorn(tmp_path_factory.mktemp("lanes"), {**env, "LANES": "10"}) as lanes,
        gunicorn(tmp_path_factory.mktemp("stock"), {**env, "LANES": "0"}) as stock,
    ):
        yield lanes, stock


def client(server):
    """Return a client with cookies of its own."""
    return httpx.Client(
        base_url=f"http://127.0.0.1:{server.port}", headers={"Host": "testserver"}, timeout=30
    )


def comparable(answer):
    """Return status, headers and body, without what is random."""
    headers = [
        (name, re.sub(r"=[^;]*", "=…", value, count=1) if name == "set-cookie" else value)
        for name, value in answer.headers.multi_items()
        if name not in {"date", "x-request-id"}
    ]
    return answer.status_code, *(without_random(str(part)) for part in (headers, answer.text))


def without_random(text):
    """Leave out nonces, tokens and the moments at which cookies and pages end."""
    for random in (
        r"'nonce-([\w-]+)'",
        r'nonce="([\w-]+)"',
        r'csrfmiddlewaretoken" value="(\w+)"',
        r'"?csrfToken"?: "(\w+)"',
        r"\w{3}, \d\d[ -]\w{3}[ -]\d{4} [\d:]{8} GMT",
    ):
        text = re.sub(random, "…", text)
    return text


@pytest.mark.parametrize(("method", "path", "details", "status"), CASES.values(), ids=CASES)
def test_answer_is_the_same(servers, method, path, details, status):
    """The first one, and the one on a connection and a lane that were used."""
    lanes, stock = (client(server) for server in servers)
    for _ in range(2):
        own = lanes.request(method, path, **details)
        assert own.status_code == status
        assert comparable(own) == comparable(stock.request(method, path, **details))


@pytest.mark.parametrize(
    ("password", "status"), [(PASSWORD, 302), ("a wrong one", 200)], ids=["right", "wrong"]
)
def test_login_by_allauth_is_the_same(servers, password, status):
    """A page, a form with its token, and a page for users only."""
    seen = []
    for server in servers:
        browser = client(server)
        token = re.search(r'token" value="(\w+)"', browser.get("/accounts/login/").text)[1]
        form = {"csrfmiddlewaretoken": token, "login": "ada", "password": password}
        entered = browser.post("/accounts/login/", data=form)
        assert entered.status_code == status
        after = [browser.get(path) for path in ("/accounts/email/", "/accounts/logout/", "/rest/")]
        seen.append([comparable(answer) for answer in (entered, *after)])
    assert seen[0] == seen[1]


@pytest.mark.parametrize("path", ["/toolbar/", "/toolbar/async/"])
def test_toolbar_shows_the_same_panels(servers, path):
    """Their times differ, their number and the count of queries must not."""
    seen = []
    for server in servers:
        page = client(server).get(path)
        panels = re.findall(r'id="djdt-(\w+)"', page.text)
        queries = re.findall(r"(\d+) quer(?:y|ies)", page.text)
        assert "SQLPanel" in panels
        seen.append((page.status_code, panels, queries))
    assert seen[0] == seen[1]


def test_one_server_has_lanes_and_the_other_none(servers):
    """Otherwise nothing was compared."""
    lanes, stock = (client(server).get("/thread/").text for server in servers)
    assert lanes.startswith("lane-")
    assert "lane" not in stock
