"""What --json prints is what its schema says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from asgi_upgrade.serving import report
from upgrade.serving.planning import PLAIN, SETTINGS
from upgrade.serving.site import ROOT, Site
from upgrade.test_json import without_other_keys

SCHEMA: Final = ROOT / "asgi_upgrade" / "serving" / "report.schema.json"
VALIDATOR: Final = Draft202012Validator(without_other_keys(json.loads(SCHEMA.read_text("utf-8"))))


def told(site: Site, *arguments: str, expect: int) -> Any:
    """Run the tool, and return what it printed, once that is valid."""
    content = json.loads(site.tool("--json", *arguments, expect=expect))
    VALIDATOR.validate(content)
    return content


def site_with(folder: Path, files: dict[str, str]) -> Site:
    """Return a plain project with other files."""
    folder.mkdir()
    site = Site(folder)
    site.write({**PLAIN, **files})
    return site


def test_everything_is_told(tmp_path: Path) -> None:
    """Each list has something in it but what only an older library has."""
    atomic = SETTINGS.replace('"NAME"', '"CONN_MAX_AGE": 60, "ATOMIC_REQUESTS": True, "NAME"')
    files = {
        "mysite/settings.py": atomic,
        "mysite/views.py": "async def show(request):\n    pass\n",
        "pyproject.toml": '[project]\ndependencies = ["django"]\n',
        "uv.lock": "version = 1\n",
        "runtime.txt": "python-3.11\n",
    }
    content = told(site_with(tmp_path / "site", files), "--check", expect=1)
    assert (content["version"], content["written"]) == (report.VERSION, False)
    for name in ("created", "changes", "needed", "decisions", "findings", "commands"):
        assert content[name], name


def test_change_is_told(tmp_path: Path) -> None:
    """And a second run has nothing to say."""
    site = site_with(tmp_path / "site", {})
    content = told(site, expect=0)
    assert content["written"] is True
    assert [change["path"] for change in content["changes"]] == [
        "mysite/asgi.py",
        "mysite/settings.py",
        "requirements.txt",
    ]
    again = told(site, expect=0)
    assert (again["written"], again["created"], again["changes"]) == (False, [], [])
