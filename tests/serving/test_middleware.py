"""Native middleware answers to the byte what Django's own answers, whatever the request."""

import gzip
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.backends import BaseBackend
from django.contrib.messages import INFO
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.cache import KEY_PREFIX
from django.core.cache import cache
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.test import RequestFactory
from django.utils.csp import CSP as POLICY
from pytest_django import Settings

from asgi_serving.handler.handler import Handler
from asgi_serving.handler.lanes import Lanes
from asgi_serving.handler.middleware_loading import NATIVE
from tests.serving.exchange import Answer, ask

from my_project.users.models import User

SECRET = "s" * 32
FORM = "application/x-www-form-urlencoded"
SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
CSRF = "django.middleware.csrf.CsrfViewMiddleware"
AUTH = "django.contrib.auth.middleware.AuthenticationMiddleware"
LOGIN = "django.contrib.auth.middleware.LoginRequiredMiddleware"
MESSAGES = "django.contrib.messages.middleware.MessageMiddleware"
SECURITY = "django.middleware.security.SecurityMiddleware"
COMMON = "django.middleware.common.CommonMiddleware"
GZIP = "django.middleware.gzip.GZipMiddleware"
CONDITIONAL = "django.middleware.http.ConditionalGetMiddleware"
LOCALE = "django.middleware.locale.LocaleMiddleware"
CSP = "django.middleware.csp.ContentSecurityPolicyMiddleware"
FRAMES = "django.middleware.clickjacking.XFrameOptionsMiddleware"


KEY = "k" * 32
"""The key of Ada's session."""

ALL = [
    SECURITY, CSP, GZIP, CONDITIONAL, SESSION, LOCALE, COMMON, CSRF, AUTH, LOGIN, MESSAGES, FRAMES,
]  # fmt: skip


class OneUser(BaseBackend):
    """Knows Ada without a database."""

    def get_user(self, user_id: int) -> User:
        return User(pk=user_id, **{User.USERNAME_FIELD: "ada"}, password="a hash")


class Case(NamedTuple):
    """A request, and what the answer shows, so that no request misses its mark on both sides."""

    middleware: list[str]
    shown: str
    path: str = "plain/async/"
    method: str = "GET"
    headers: Mapping[str, str] = {}
    body: str = ""
    changes: Mapping[str, Any] = {}
    scheme: str = "http"


def cookie(**cookies: str) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}


def stored_message() -> str:
    """Return the cookie of a message that was not shown yet."""
    storage, response = CookieStorage(RequestFactory().get("/")), HttpResponse()
    storage.add(INFO, "Well done")
    storage.update(response)
    return response.cookies["messages"].value


def form(token: str, **headers: str) -> dict[str, Any]:
    return {
        "path": "plain/",
        "method": "POST",
        "headers": {"Content-Type": FORM, **cookie(csrftoken=SECRET), **headers},
        "body": f"csrfmiddlewaretoken={token}",
    }


A_MESSAGE = cookie(messages=stored_message())
LARGE = "body/100000/"
GZIPPED = {"Accept-Encoding": "gzip"}
WITH_SESSION = cookie(sessionid=KEY)
IN_SESSION = {"CSRF_USE_SESSIONS": True}
REDIRECT = {"SECURE_SSL_REDIRECT": True}
HSTS = {"SECURE_HSTS_SECONDS": 60}
REPORT = {"SECURE_CSP_REPORT_ONLY": {"default-src": ["'self'"]}}
NONCE = {"SECURE_CSP": {"script-src": [POLICY.NONCE]}}
PREFIXED = {"ROOT_URLCONF": "tests.serving.site.languages"}
SESSIONS = [SESSION, AUTH, MESSAGES]

CASES = {
    "security-http": Case([SECURITY], "301", changes=REDIRECT),
    "security-https": Case([SECURITY], "strict-transport", changes=HSTS, scheme="https"),
    "csp": Case([CSP], "default-src 'self'"),
    "csp-nonce": Case([CSP], "'nonce-once'", "csp/nonce/", changes=NONCE),
    "csp-override": Case([CSP], "default-src 'none'", "csp/stricter/"),
    "csp-report": Case([CSP], "security-policy-report-only", changes=REPORT),
    "session-unused": Case([SESSION], "plain"),
    "session-read": Case([SESSION], "vary: Cookie", "session/read/", headers=WITH_SESSION),
    "session-write": Case(
        [SESSION], "set-cookie: sessionid=", "session/write/", headers=WITH_SESSION
    ),
    "session-always": Case(
        [SESSION], "set-cookie: sessionid=", headers=WITH_SESSION, path="session/read/",
        changes={"SESSION_SAVE_EVERY_REQUEST": True},
    ),
    "session-flush": Case([SESSION], 'sessionid=""', "session/flush/", headers=WITH_SESSION),
    "session-unknown": Case([SESSION], "None", "session/read/", headers=cookie(sessionid="gone")),
    "session-lost": Case([SECURITY, SESSION], "400", "session/lost/", headers=WITH_SESSION),
    "csrf-safe": Case([CSRF], "200"),
    "csrf-token": Case([CSRF], "csrftoken=", "csrf/token/", headers=cookie(csrftoken=SECRET)),
    "csrf-good": Case([CSRF], "200", **form(SECRET)),
    "csrf-bad": Case([CSRF], "403", **form("x" * 32)),
    "csrf-header": Case([CSRF], "200", **form("", **{"X-CSRFToken": SECRET})),
    "csrf-origin": Case([CSRF], "403", **form(SECRET, Origin="http://evil.example")),
    "csrf-no-cookie": Case([CSRF], "403", "plain/", "POST"),
    "csrf-referer": Case([CSRF], "403", scheme="https", **form(SECRET)),
    "csrf-exempt": Case([CSRF], "exempt", "csrf/exempt/", "POST"),
    "csrf-async": Case([CSRF], "403", "plain/async/", "POST"),
    "csrf-malformed": Case([CSRF], "403", headers=cookie(csrftoken="short"), method="POST"),
    "csrf-session": Case(
        [SESSION, CSRF], "200", "plain/", "POST", {"X-CSRFToken": SECRET, **WITH_SESSION},
        changes=IN_SESSION,
    ),
    "csrf-session-bad": Case(
        [SESSION, CSRF], "403", "plain/", "POST", WITH_SESSION, changes=IN_SESSION
    ),
    "auth-anonymous": Case([SESSION, AUTH], "200", "name/"),
    "auth-async": Case([SESSION, AUTH], "ada", "name/", headers=WITH_SESSION),
    "auth-sync": Case([SESSION, AUTH], "ada", "name/sync/", headers=WITH_SESSION),
    "login-without": Case([SESSION, AUTH, LOGIN], "302", "name/"),
    "login-without-sync": Case([SESSION, AUTH, LOGIN], "302", "name/sync/"),
    "login-with": Case([SESSION, AUTH, LOGIN], "ada", "name/", headers=WITH_SESSION),
    "login-everyone": Case([SESSION, AUTH, LOGIN], "for everyone", "name/everyone/"),
    "messages-unused": Case([*SESSIONS], "plain"),
    "messages-add": Case([*SESSIONS], "messages=", "messages/add/"),
    "messages-add-again": Case(
        [*SESSIONS], "messages=", "messages/add/", headers=A_MESSAGE
    ),
    "messages-read": Case(
        [*SESSIONS], "Well done", "messages/read/", headers=A_MESSAGE
    ),
    "messages-none": Case([*SESSIONS], "200", "messages/read/"),
    "messages-in-session": Case(
        [*SESSIONS], "sessionid=", "messages/add/", headers=WITH_SESSION,
        changes={"MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage"},
    ),
    "frames": Case([FRAMES], "x-frame-options: DENY"),
    "frames-exempt": Case([FRAMES], "framed", "framed/"),
    "common-length": Case([COMMON], "content-length: 5"),
    "common-slash": Case([COMMON], "301", "plain"),
    "common-slash-query": Case([COMMON], "location: /pages/plain/?a=b", "plain?a=b"),
    "common-agent": Case(
        [COMMON], "403", headers={"User-Agent": "bad"},
        changes={"DISALLOWED_USER_AGENTS": [re.compile("bad")]},
    ),
    "common-www": Case([COMMON], "www.testserver", changes={"PREPEND_WWW": True}),
    "common-missing": Case([COMMON], "404", "no-such-page/"),
    "gzip-small": Case([GZIP], "plain", headers=GZIPPED),
    "gzip-medium": Case([GZIP], "content-encoding: gzip", "body/1000/", headers=GZIPPED),
    "gzip-large": Case([GZIP], "content-encoding: gzip", LARGE, headers=GZIPPED),
    "gzip-stream": Case([GZIP], "content-encoding: gzip", "stream/", headers=GZIPPED),
    "gzip-unwanted": Case([GZIP], "abab", LARGE),
    "conditional": Case([CONDITIONAL], "etag"),
    "conditional-large": Case([CONDITIONAL], "etag", LARGE),
    "conditional-match": Case(
        [CONDITIONAL], "304", headers={"If-None-Match": "*"}
    ),
    "conditional-other": Case([CONDITIONAL], "200", headers={"If-None-Match": '"other"'}),
    "conditional-date": Case(
        [CONDITIONAL], "304", "dated/",
        headers={"If-Modified-Since": "Wed, 21 Oct 2015 07:28:00 GMT"},
    ),
    "conditional-post": Case([CONDITIONAL], "200", "csrf/exempt/", "POST"),
    "locale-header": Case([LOCALE], "Ja", "language/", headers={"Accept-Language": "de"}),
    "locale-cookie": Case([LOCALE], "Oui", "language/", headers=cookie(django_language="fr")),
    "locale-default": Case([LOCALE], "content-language: en", "language/"),
    "locale-prefix": Case([LOCALE], "Ja", "/de/language/", changes=PREFIXED),
    "locale-redirect": Case(
        [LOCALE], "location: /de/language/", "/language/", headers={"Accept-Language": "de"},
        changes=PREFIXED,
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def repeatable(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings under which two equal requests have equal answers: nothing random, no dates."""
    settings.ROOT_URLCONF = "tests.serving.site.urls"
    settings.AUTHENTICATION_BACKENDS = ["tests.serving.test_middleware.OneUser"]
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = True
    settings.CSRF_COOKIE_AGE = None
    settings.LANGUAGES = [("en", "English"), ("de", "German"), ("fr", "French")]
    monkeypatch.setattr(GZipMiddleware, "max_random_bytes", 0)
    monkeypatch.setattr("django.middleware.csrf._get_new_csrf_string", lambda: SECRET)
    monkeypatch.setattr("django.utils.csp.secrets.token_urlsafe", lambda _: "once")


def store_session() -> None:
    """Store a session in which Ada is logged in, in the place of what a page left of it."""
    session = {
        SESSION_KEY: "1",
        BACKEND_SESSION_KEY: "tests.serving.test_middleware.OneUser",
        HASH_SESSION_KEY: OneUser().get_user(1).get_session_auth_hash(),
        "_csrftoken": SECRET,
    }
    cache.set(KEY_PREFIX + KEY, session)


async def answers(case: Case, settings: Settings) -> tuple[Answer, Answer]:
    """Return Django's own answer and ours."""
    for setting, value in case.changes.items():
        setattr(settings, setting, value)
    both = []
    for handler in (ASGIHandler(), Handler(Lanes(1, 0, 5))):
        store_session()
        both.append(
            await ask(
                handler,
                case.path if case.path.startswith("/") else f"/pages/{case.path}",
                method=case.method,
                headers=case.headers,
                body=case.body.encode(),
                scheme=case.scheme,
            )
        )
    return both[0], both[1]


def shown(answer: Answer) -> str:
    """Return the answer as a text."""
    headers = [
        f"{str(name, 'latin-1').lower()}: {str(value, 'latin-1')}" for name, value in answer.headers
    ]
    body = answer.body
    if "content-encoding: gzip" in headers:
        body = gzip.decompress(body)
    return "\n".join([str(answer.status), *headers, body.decode()])


def test_each_native_middleware_has_a_case() -> None:
    assert {path for case in CASES.values() for path in case.middleware} == set(NATIVE)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_answer_is_the_same_to_the_byte(case: Case, settings: Settings) -> None:
    settings.MIDDLEWARE = case.middleware
    stock, own = await answers(case, settings)
    assert own == stock
    assert case.shown in shown(own)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_answer_is_the_same_with_all_middleware(case: Case, settings: Settings) -> None:
    settings.MIDDLEWARE = ALL
    stock, own = await answers(case, settings)
    assert own == stock


@pytest.mark.parametrize("engine", ["db", "cached_db"])
async def test_session_cookie_that_no_engine_writes_counts_as_none(
    settings: Settings, engine: str
) -> None:
    """Quoted, it may hold NUL, at which PostgreSQL fails: the database, which this test may not use."""
    settings.MIDDLEWARE = [SESSION]
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    headers = cookie(sessionid=f'"{KEY}\\000"')
    answer = await ask(Handler(Lanes(1, 0, 5)), "/pages/session/read/", headers=headers)
    assert answer.status == 200
    assert 'set-cookie: sessionid=""' in shown(answer)  # the browser forgets it


@pytest.mark.parametrize("engine", ["db", "cached_db", "cache", "file", "signed_cookies"])
@pytest.mark.usefixtures("async_db")
async def test_session_of_every_engine_is_found(settings: Settings, engine: str) -> None:
    settings.MIDDLEWARE = [SESSION]
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    handler = Handler(Lanes(1, 0, 5))
    written = await ask(handler, "/pages/session/write/")
    [sent] = [value.decode() for name, value in written.headers if name.lower() == b"set-cookie"]
    headers = {"Cookie": sent.partition(";")[0]}
    answer = await ask(handler, "/pages/session/read/", headers=headers)
    assert answer.body == b"red"


async def test_language_is_found_anew_after_the_settings_changed(settings: Settings) -> None:
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware"]
    settings.ROOT_URLCONF = "tests.serving.site.urls"
    handler = Handler(Lanes(1, 0, 5))
    texts = []
    for languages in ([("en", "English")], [("en", "English"), ("fr", "French")]):
        settings.LANGUAGES = languages
        answer = await ask(handler, "/pages/language/", headers={"Accept-Language": "fr"})
        texts.append(answer.body.decode())
    assert texts == ["Yes en", "Oui fr"]
