"""A plain project on the newest Python, in the image that generated projects use."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from proofs.distribution import build

SCRIPT: Final = """
set -eu
pip install --quiet --root-user-action=ignore /wheels/*.whl
cd "$(mktemp -d)"
python -m django startproject mysite .
sed -i 's/INSTALLED_APPS = \\[/INSTALLED_APPS = ["asgi_serving",/' mysite/settings.py
sed -i 's/django.core.asgi/asgi_serving.asgi/' mysite/asgi.py
python manage.py migrate --verbosity=0
python manage.py check
gunicorn mysite.asgi --worker-class asgi_serving.worker.Worker --daemon --pid pid
python - <<'ASK'
import time, urllib.request
for _ in range(600):
    try:
        print(urllib.request.urlopen("http://127.0.0.1:8000/readyz").read().decode())
        break
    except OSError:
        time.sleep(0.1)
print(urllib.request.urlopen("http://127.0.0.1:8000/admin/login/").status)
ASK
kill "$(cat pid)"
"""


@pytest.mark.compose
def test_plain_project_is_served_on_the_newest_python(tmp_path: Path) -> None:
    """`pip install` of the wheel brings all that it needs; uvicorn-worker is not among it."""
    wheel, _ = build(tmp_path / "dist")
    (tmp_path / "wheels").mkdir()
    shutil.copy(wheel, tmp_path / "wheels")
    mount = f"{tmp_path / 'wheels'}:/wheels:ro"
    done = subprocess.run(
        [
            "docker",
            "run",
            "--rm",
            "--volume",
            mount,
            "python:3.14-slim",
            "bash",
            "-c",
            SCRIPT,
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"status": "ready"' in done.stdout
    assert '"lanes": "ok"' in done.stdout
    assert done.stdout.endswith("200\n")
