"""The pages of a project in Chromium, in production's settings: nothing is refused or fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from browsers import MISSING
from proving import prove
from quality import environment_with_serving_tests
from rendering import render


@pytest.mark.skipif(MISSING and os.environ.get("CI") != "true", reason="there is no Chromium")
def test_pages_do_nothing_that_their_policy_forbids(tmp_path: Path) -> None:
    """`proofs/browser` signs up, logs in by every means, opens page after page, and breaks the policy."""
    assert not MISSING, "Chromium is needed; on Debian: apt-get install chromium"
    project = render(tmp_path)
    python = environment_with_serving_tests(project, "axe-playwright-python>=0.1.8")
    prove(project, python, "browser")
