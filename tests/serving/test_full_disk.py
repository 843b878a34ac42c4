"""A full disk costs the lines of the log, and nothing else."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil

from config.variables import BASE_DIR
from tests.serving.drain import wait_until, workers
from tests.serving.server import DEADLINE


def test_server_goes_on_when_its_log_cannot_be_written(
    production: dict[str, str], tmp_path: Path
) -> None:
    listener = tmp_path / "gunicorn.socket"
    changes = {
        "GUNICORN_BIND": f"unix:{listener}",
        "FORWARDED_ALLOW_IPS": "*",
        "WEB_CONCURRENCY": "2",
    }
    with Path("/dev/full").open("w") as full:  # writing to it raises OSError: no space left
        server = subprocess.Popen(
            [Path(sys.executable).with_name("gunicorn")],
            cwd=BASE_DIR,
            env=production | changes,
            stdout=full,
            stderr=full,
        )
    try:
        wait_until(listener.exists)
        with httpx.Client(
            base_url="http://testserver",
            headers={"X-Forwarded-Proto": "https"},
            transport=httpx.HTTPTransport(uds=str(listener)),
            timeout=DEADLINE,
        ) as client:
            wait_until(lambda: client.get("/readyz").is_success)
            assert {client.get("/").status_code for _ in range(50)} == {200}
            before = workers(server.pid)
            server.send_signal(signal.SIGHUP)
            wait_until(lambda: not before & workers(server.pid))
            assert {client.get("/").status_code for _ in range(50)} == {200}
            server.terminate()
            server.wait(DEADLINE)
    finally:
        if server.poll() is None:
            for process in (psutil.Process(server.pid), *psutil.Process(server.pid).children()):
                process.kill()
            server.wait()
