"""The list of all findings, and its page."""

import re
from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from asgi_serving import checks
from asgi_serving.checks.__main__ import findings, page
from asgi_serving.checks.finding import RETIRED
from tests.serving.checks.conftest import Give


def test_page_is_made_from_the_checks() -> None:
    written = (Path(checks.__path__[0]).with_name("CHECKS.md")).read_text(encoding="utf-8")
    assert written == "\n".join(page()).rstrip() + "\n", "run python -m asgi_serving.checks"


def test_ids_are_used_once_and_in_a_row() -> None:
    found = [finding.id for finding in findings()]
    assert all(re.fullmatch(r"asgi_serving\.[EWI]\d{3}", name) for name in found)
    for level in "EWI":
        numbers = [int(name[-3:]) for name in found if name[-4] == level]
        numbers += [int(name[-3:]) for name in RETIRED if name[-4] == level]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert set(RETIRED.values()) <= set(found)


def test_each_finding_is_tried_by_a_test() -> None:
    folder = Path(__file__).parent
    tried = "".join(path.read_text(encoding="utf-8") for path in folder.glob("test_*.py"))
    missing = [finding.id for finding in findings() if f'"{finding.id[-4:]}"' not in tried]
    assert missing == []


@pytest.mark.parametrize("silenced", [True, False])
@pytest.mark.usefixtures("asked")
def test_finding_may_be_silenced(settings: Settings, flags: Give, silenced: bool) -> None:
    settings.SILENCED_SYSTEM_CHECKS = ["asgi_serving.W004"] if silenced else []
    flags("--threads 8")
    [message] = run_checks(tags=["asgi_serving"])
    assert message.is_silenced() == silenced
