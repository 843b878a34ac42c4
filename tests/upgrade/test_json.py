"""What a machine reads: its form is described, and stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import ValidationError

from upgrade.json_reports import SERVING, WORKER, JsonReport
from upgrade.project import write
from upgrade.serving.planning import PLAIN
from upgrade.test_cli import PROJECT, ROOT, run

REPORTS = pytest.mark.parametrize("report", [WORKER, SERVING], ids=lambda report: report.command)


@REPORTS
def test_what_is_refused_prints_no_object(tmp_path: Path, report: JsonReport) -> None:
    """A machine sees the exit code."""
    done = run(report.command, "--json", tmp_path / "absent")
    assert (done.returncode, done.stdout) == (2, "")


@REPORTS
def test_key_that_goes_is_noticed(tmp_path: Path, report: JsonReport) -> None:
    """As is one that is not described."""
    write(tmp_path, {**PLAIN, **PROJECT})
    content = report.told("--check", tmp_path, code=1)
    assert content.keys() == set(report.schema["required"])
    for key in content:
        with pytest.raises(ValidationError):
            report.validate({name: value for name, value in content.items() if name != key})
    with pytest.raises(ValidationError):
        report.validate(content | {"other": 1})


def test_what_both_commands_tell_has_one_form() -> None:
    """A machine reads either with the same code."""
    own, others = SERVING.schema["$defs"], WORKER.schema["$defs"]
    assert {name: own[name] for name in own if name != "advice"} == {
        name: others[name] for name in others if name not in {"decision", "finding", "skipped"}
    }


@REPORTS
def test_page_shows_the_schema(report: JsonReport) -> None:
    """As it is in the package."""
    page = (ROOT / "docs" / report.page).read_text("utf-8")
    assert f"```json\n{report.schema_text}```" in page
