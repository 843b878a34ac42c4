"""Whose tests are run, how, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Suite(NamedTuple):
    """The tests of a package, as its authors run them.

    package: its name on the package index.
    arguments: what pytest is told, in `folder` of the source distribution.
    needs: what is installed besides.
    extras: of the package, in brackets.
    environment: variables of the tests.
    beside: a package whose source is put on the path. Installing it would ask for an older release.
    measuring: the beginnings of the ids of tests that are not run. They compare durations, and what
        they find is the load of the machine.
    part: what of the tests is not run, and why.
    conftest: what becomes `conftest.py` in `folder`, for tests that are no pytest's.
    """

    package: str
    arguments: tuple[str, ...]
    folder: str = "."
    needs: tuple[str, ...] = ()
    extras: str = ""
    environment: Mapping[str, str] = {}
    beside: str = ""
    measuring: tuple[str, ...] = ()
    part: str = ""
    conftest: str = ""


MEMORY: Final = {"DB_ENGINE": "sqlite3", "DB_NAME": ":memory:"}

SUITES: Final = (
    Suite(
        "sentry-sdk",
        ("tests/integrations/django/asgi",),
        part="only its tests of Django under ASGI are run; the others ask WSGI",
        needs=(
            "brotli", "channels[daphne]", "djangorestframework", "jsonschema", "pytest-asyncio",
            "pytest-localserver", "responses", "werkzeug",
        ),
    ),
    Suite(
        "django-silk",
        (),
        folder="project",
        needs=("factory-boy", "freezegun", "networkx", "pillow", "pydot", "pygments"),
        extras="[formatting]",
        environment=MEMORY | {"DJANGO_SETTINGS_MODULE": "project.settings", "PYTHONPATH": ".."},
    ),
    Suite(
        "djangorestframework",
        ("tests", "--no-migrations"),
        needs=(
            "dj-database-url", "django-filter", "django-guardian", "importlib-metadata",
            "inflection", "legacy-cgi", "markdown", "pygments", "pyyaml", "requests", "uritemplate",
        ),
    ),
    Suite(
        "django-allauth",
        ("allauth", "tests"),
        needs=("django-ninja", "djangorestframework", "pillow"),
        extras="[headless,headless-spec,idp-oidc,mfa,openid,saml,socialaccount,steam]",
        environment={"DJANGO_SETTINGS_MODULE": "tests.projects.regular.settings"},
    ),
    Suite(
        "django-axes",
        ("tests",),
        extras="[ipware]",
        environment={"DJANGO_SETTINGS_MODULE": "tests.settings"},
    ),
    Suite(
        "django-debug-toolbar",
        ("tests",),
        needs=(
            "daphne", "django-csp", "django-template-partials", "html5lib", "jinja2", "pygments",
            "selenium", "whitenoise",
        ),
        environment={"DJANGO_SETTINGS_MODULE": "tests.settings"},
        measuring=(
            "tests/panels/test_profiling.py::ProfilingPanelTestCase::test_cum_time_threshold",
        ),
        # As Django's runner does it; the checks read the URLs before a test changes the panels.
        conftest="""
            import pytest
            from django.core.checks import run_checks

            @pytest.fixture(scope="session", autouse=True)
            def checked(django_db_setup, django_db_blocker):
                with django_db_blocker.unblock():
                    run_checks(databases=["default", "replica"])
            """,
    ),
    Suite(
        "opentelemetry-instrumentation-django",
        ("tests",),
        needs=("opentelemetry-sdk", "requests"),
        beside="opentelemetry-test-utils",
        measuring=("tests/test_middleware.py::TestMiddleware::test_wsgi_metrics",),
        extras="[asgi]",
    ),
    Suite(
        "django-simple-history",
        ("simple_history",),
        needs=("setuptools",),
        conftest="""
            import runtests
            from django.conf import settings

            settings.configure(**runtests.get_default_settings())
            """,
    ),
    Suite(
        "django-auditlog",
        ("-o", "python_files=test*.py"),
        folder="auditlog_tests",
        needs=("freezegun",),
        environment={"DJANGO_SETTINGS_MODULE": "test_settings", "TEST_DB_NAME": ":memory:"},
    ),
)  # fmt: skip

LEFT_OUT: Final = {
    "django-cors-headers": "its source distribution has no tests",
    "django-hijack": "its source distribution has no tests",
    "django-ninja": "its source distribution has no tests",
    "django-oauth-toolkit": "its source distribution has the tests without their settings",
    "django-two-factor-auth": "its source distribution has the tests without their settings",
    "django-waffle": "its source distribution has the tests without the site that they ask",
    "opentelemetry-instrumentation-asgi": "its tests ask applications of their own, without Django",
    "strawberry-graphql-django": "its source distribution has no tests",
}
"""Packages that would be here, and why they are not."""

QUICK: Final[Mapping[str, tuple[str, ...]]] = {
    "sentry-sdk": ("tests/integrations/django/asgi",),
    "django-silk": ("tests/test_config_auth.py", "tests/test_db.py", "tests/test_end_points.py"),
    "django-axes": ("tests/test_login.py", "tests/test_logging.py", "tests/test_middleware.py"),
}
"""The suites of `--quick`, and their arguments there: the tests that send requests."""

CONTROL: Final = ("django-axes", ("tests/test_logging.py",))
"""Tests of a quick suite that log in, and so must notice a session that is never saved."""

SPANS: Final = (
    "It counts all spans. Those of Django's own receivers of a request's signals are missing: the "
    "project calls these receivers, a few microseconds each, without sending the signal."
)
OF_ASGI: Final = "tests/integrations/django/asgi/test_asgi.py"
EXCEPTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "sentry-sdk": {
        f"{OF_ASGI}::{test}": SPANS
        for test in (
            "test_async_view[True-application0]",
            "test_async_view[True-application1]",
            "test_has_trace_if_performance_enabled[True]",
            "test_trace_from_headers_if_performance_enabled[True]",
            "test_transaction_http_method_custom[True-application0]",
            "test_transaction_http_method_custom[True-application1]",
            "test_transaction_http_method_default[True-application0]",
            "test_transaction_http_method_default[True-application1]",
        )
    },
}
"""By package: the tests that fail with one handler only, and why that is right."""
