"""The API keeps what its description says, whatever it is sent: schemathesis, against Gunicorn."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.api.site import CSRF_TOKEN, served

EXAMPLES = "25"
HEADERS = {
    "Host": "testserver",
    "X-Forwarded-Proto": "https",
    "Origin": "https://testserver",
    "X-CSRFToken": CSRF_TOKEN,
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Serve for all tests of this file."""
    with served(tmp_path_factory.mktemp("contract")) as running:
        yield running


@pytest.mark.parametrize("way", ["session", "token"])
def test_description_holds(site, way, tmp_path):
    """For data that fits it and data that does not, one request after another and in chains."""
    base = f"http://127.0.0.1:{site.server.port}"
    known_by = {"session": f'api_key = "{site.session}"', "token": f'bearer = "{site.key}"'}
    (tmp_path / "schemathesis.toml").write_text(f"[auth.openapi.{way}]\n{known_by[way]}\n")
    command = [Path(sys.executable).with_name("st"), "run", f"{base}/api/v1/openapi.json"]
    command += ["--url", base, "--checks", "all", "--mode", "all", "--max-examples", EXAMPLES]
    command += ["--generation-deterministic", "--no-color", "--workers", "1"]
    for name, value in HEADERS.items():
        command += ["--header", f"{name}: {value}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    failures = [line for line in site.server.lines() if line["level"] == "ERROR"]
    assert failures == []
