"""A project reports to Sentry and to a collector of OpenTelemetry when a variable says so."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from proving import prove
from quality import environment_with_extras
from rendering import render
from task_site import site_on_servers

from proofs.observability.receivers import receiver
from proofs.postgresql import postgresql


def ask(project: Path, tests: str = "", **environment: str) -> None:
    """Run these of the tests in `proofs/observability`."""
    python = environment_with_extras(project)
    prove(project, python, "observability", tests=tests, **environment)


def test_project_reports_what_happens_on_it(tmp_path: Path) -> None:
    """Real servers are asked, and what they report is looked at."""
    ask(render(tmp_path, accounts="none"))


@pytest.mark.compose
@pytest.mark.night
def test_project_reports_its_queries(tmp_path: Path) -> None:
    """Those of PostgreSQL."""
    with postgresql() as url:
        ask(render(tmp_path, accounts="none"), "queries.py", TEST_DATABASE_URL=url)


GREET: Final = """

@DECORATOR
def greet(context, number: int) -> None:
    import logging

    import sentry_sdk

    name = f"visitor{41 + number}"  # as no line of code has it, which an event may hold
    sentry_sdk.set_user({"username": name})
    sentry_sdk.set_tag("who", name)
    logging.getLogger("shop").warning("%s is greeted", name)
    note(number, 1, "greeted")
"""
DECORATORS: Final = {"database": "task(takes_context=True)", "celery": "shared_task(bind=True)"}


@pytest.mark.compose
@pytest.mark.night
@pytest.mark.parametrize("choice", ["database", "celery"])
def test_error_of_a_task_arrives(tmp_path: Path, choice: str) -> None:
    """At Sentry, and as a line at the collector; nothing of whom the worker had to do with before."""
    with receiver() as service, site_on_servers(tmp_path, choice) as site:
        site.python = environment_with_extras(site.project)
        site.environment |= {
            "SENTRY_DSN": service.dsn,
            "OTEL_EXPORTER_OTLP_ENDPOINT": service.address,
            "OTEL_BLRP_SCHEDULE_DELAY": "100",
        }
        with (site.project / "shop" / "home" / "work.py").open("a") as work:
            work.write(GREET.replace("DECORATOR", DECORATORS[choice]))
        site.enqueue("greet")
        site.enqueue("fail")
        if not site.is_celery:  # an attempt that is not the last one is no error
            site.query("UPDATE django_ox_oxtask SET max_attempts = 1")
        with site.emptied():
            site.start("--concurrency", "1")

            def errors() -> list[str]:
                return [
                    str(event)
                    for event in service.events()
                    if "as it should" in str(event.get("exception"))
                ]

            def arrived() -> bool:
                logs = (body for path, body in service.requests if path == "/v1/logs")
                return bool(errors()) and any(b"as it should" in body for body in logs)

            site.until(arrived)
            assert site.query("SELECT what FROM note ORDER BY id")[:2] == [["greeted"], ["begun"]]
        assert [event for event in errors() if "visitor41" in event] == []
