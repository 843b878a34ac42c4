"""Granian serves a project without a change, and loads it again as its documentation says."""

from __future__ import annotations

from pathlib import Path

import pytest

from proofs.reload import BROKEN, GRANIAN, Server


@pytest.mark.night
def test_granian_loads_saved_code_and_recovers_from_broken_settings(tmp_path: Path) -> None:
    """With the command that the project's README names."""
    server = Server(GRANIAN, tmp_path)
    assert all(
        word in (server.project / "README.md").read_text("utf-8") for word in GRANIAN.split()
    )
    with server.running():
        server.seconds_to("saved")
        assert server.outcome(*BROKEN["broken settings"]).endswith(", recovers")
