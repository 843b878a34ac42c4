"""Which hosts a project answers to while it is developed."""

import subprocess
import sys

from config.variables import BASE_DIR

CODE = """
from django.conf import settings
from django.http.request import validate_host
for host in ("localhost", "a.localhost", "127.0.0.1", "[::1]", "example.com", "evil.example"):
    if not validate_host(host, settings.ALLOWED_HOSTS):
        print(host)
"""


def test_names_of_this_machine_are_known_and_those_that_one_lists(
    production: dict[str, str],
) -> None:
    changes = {
        "DJANGO_SETTINGS_MODULE": "config.settings.development",
        "ALLOWED_HOSTS": "example.com",
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=BASE_DIR, env=production | changes, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "evil.example\n", done.stderr
