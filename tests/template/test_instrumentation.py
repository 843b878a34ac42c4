"""Tools that watch production see in a project what they see with Django's own handler."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from proving import prove
from quality import environment_with_serving_tests
from rendering import TEMPLATE, render

PACKAGES = (
    "ddtrace>=4.16",
    "newrelic>=14.1",
    "opentelemetry-instrumentation-asgi>=0.66b2",
    "opentelemetry-instrumentation-django>=0.66b2",
    "opentelemetry-sdk>=1.45",
    "sentry-sdk>=2.75",
)


def test_documentation_names_the_versions() -> None:
    """Those from which on the proofs run."""
    page = (TEMPLATE / "docs" / "instrumentation.md").read_text("utf-8")
    rows = re.findall(r"^\| ([a-z-]+) \| (\d\S+) \|", page, re.MULTILINE)
    assert sorted(">=".join(row) for row in rows) == sorted(PACKAGES)


@pytest.mark.night  # what a project reports of itself is looked at in test_observability.py
@pytest.mark.parametrize("tool", ["sentry", "opentelemetry", "newrelic", "ddtrace"])
def test_tool_sees_the_same_as_with_djangos_own_handler(tmp_path: Path, tool: str) -> None:
    """`proofs/instrumentation` asks two servers for the same pages."""
    project = render(tmp_path, accounts="none")
    python = environment_with_serving_tests(project, *PACKAGES)
    prove(project, python, "instrumentation", "-p", "no:ddtrace", tests=f"test_{tool}.py")
