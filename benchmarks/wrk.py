"""Load by wrk, which asks again as soon as it is answered."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

SCRIPT: Final = Path(__file__).with_name("report.lua")


class PeerError(Exception):
    """A server did not answer as it should; the message says how."""


class Load(NamedTuple):
    """What a run gave: answers a second, and times in milliseconds."""

    rate: float
    p50: float
    p99: float


def start(
    url: str, headers: Mapping[str, str], *, connections: int, seconds: int
) -> subprocess.Popen[str]:
    """Begin a run on one thread."""
    options = ["--threads", "1", "--connections", str(connections), "--timeout", "20s"]
    options += ["--duration", f"{seconds}s", "--script", str(SCRIPT)]
    for name, value in headers.items():
        options += ["--header", f"{name}: {value}"]
    return subprocess.Popen(
        ["wrk", *options, url], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def finish(run: subprocess.Popen[str]) -> Load:
    """Wait for the end of a run.

    Raises PeerError: an answer was an error, or did not come.
    """
    output, _ = run.communicate()
    try:
        found = json.loads(output[output.index("{") :])
    except ValueError:
        raise PeerError(f"wrk failed: {output}") from None
    if errors := {name: number for name, number in found["errors"].items() if number}:
        raise PeerError(f"{found['requests']} answers, and besides errors: {errors}")
    return Load(1e6 * found["requests"] / found["microseconds"], found["p50"], found["p99"])
