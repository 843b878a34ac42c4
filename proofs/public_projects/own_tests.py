"""What a project's own tests say."""

from __future__ import annotations

import re
import subprocess
from typing import Final

RAN: Final = re.compile(r"^Ran (\d+) tests? in", re.MULTILINE)
NOT_PASSED: Final = re.compile(r"(?:failures|errors|skipped|expected failures)=(\d+)")
PASSED: Final = re.compile(r"^=*\s*(?:.*, )?(\d+) passed", re.MULTILINE)


def passed(done: subprocess.CompletedProcess[str]) -> str:
    """Return how many tests passed in a run of Django's or of pytest, "none" or "failed"."""
    said = done.stdout + done.stderr
    if ran := RAN.search(said):
        number = int(ran[1]) - sum(map(int, NOT_PASSED.findall(said[ran.end() :])))
    elif found := PASSED.search(said):
        number = int(found[1])
    else:
        number = 0
    if number:
        return str(number)
    return "failed" if done.returncode and "NO TESTS RAN" not in said else "none"
