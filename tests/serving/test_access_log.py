"""Gunicorn's access log has what it has with Gunicorn's own workers."""

import re
import signal
from pathlib import Path

from tests.serving.server import gunicorn, wait_for

LINE = re.compile(
    r'127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "(.+)" (\d+) (\d+)'
)


def test_each_request_has_a_line(production: dict[str, str], tmp_path: Path) -> None:
    """One, after a reload as well, that no path breaks, and nowhere else."""
    log = tmp_path / "access.log"
    env = {
        **production,
        "GUNICORN_CMD_ARGS": f"--access-logfile={log}",
        "WEB_CONCURRENCY": "1",
    }
    with gunicorn(tmp_path, env) as server:
        server.process.send_signal(signal.SIGHUP)
        server.line_with("Worker exiting")
        missing = server.client.get("/none/%0Atwo%22%C3%A9?token=1")

        def find() -> re.Match[str] | None:
            lines = (line for line in log.read_text().splitlines() if "none" in line)
            return LINE.fullmatch(next(lines, ""))

        assert wait_for(find, server).groups() == (
            "GET /none/%0Atwo%22%C3%A9",
            "404",
            str(len(missing.content)),
        )
        assert server.stop() == 0
        assert len(log.read_text().split("none")) == 2
        assert not [line for line in server.lines() if line["logger"] == "asgi_serving.access"]
