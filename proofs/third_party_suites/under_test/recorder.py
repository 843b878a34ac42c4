"""Which tests ran, and which of them failed."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field

import pytest


@dataclass(eq=False)  # plugins are hashed
class Recorder:
    """A plugin of pytest.

    django: the version that is tested with.
    requests: how many requests went through the handler.
    tests: the ids of all tests that ran, but for those that were skipped.
    failed: the ids of those of them that failed.
    """

    django: str
    requests: int = 0
    tests: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what is not to run."""
        if wanted := json.loads(os.environ.get("TESTS_TO_RUN", "[]")):
            items[:] = [item for item in items if item.nodeid in wanted]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what came of a test, or of what was made for it."""
        if report.failed or (report.when == "call" and not report.skipped):
            self._note(report.nodeid, failed=report.failed)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that cannot be read."""
        if report.failed:
            self._note(report.nodeid, failed=True)

    def _note(self, test: str, *, failed: bool) -> None:
        if test not in self.tests:
            self.tests.append(test)
        if failed and test not in self.failed:
            self.failed.append(test)
