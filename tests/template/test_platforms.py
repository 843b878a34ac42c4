"""The files of the page on platforms: they are what the platforms document, and fit the project."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from configparser import RawConfigParser
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from quality import environment_for
from rendering import TEMPLATE, render, run

FILES: Final = TEMPLATE / "docs" / "platforms"
PAGE: Final = TEMPLATE / "docs" / "platforms.md"

SECRETS: Final = {
    "CACHE_URL": "locmemcache://",
    "DATABASE_URL": "sqlite:///db.sqlite3",
    "EMAIL_URL": "smtp://localhost:25",
    "SECRET_KEY": "of-the-test-" * 5,
}
"""What a platform is told apart from its file; here without servers."""

LOCAL_MEMORY: Final = "asgi_serving.W018"
"""Each worker has a cache of its own."""


def fly(text: str) -> tuple[dict[str, str], float]:
    """Return the variables, and the seconds until it is killed."""
    file = tomllib.loads(text)
    assert file["kill_signal"] == "SIGTERM"
    assert str(file["http_service"]["internal_port"]) == file["env"]["PORT"]
    return file["env"], file["kill_timeout"]


def render_com(text: str) -> tuple[dict[str, str], float]:
    """Return the variables, and the seconds until it is killed."""
    web = yaml.safe_load(text)["services"][0]
    variables = {each["key"]: each.get("value", "") for each in web["envVars"]}
    return variables, web["maxShutdownDelaySeconds"]


def railway(text: str) -> tuple[dict[str, str], float]:
    """Return the variables of the page's table, as the file has none, and its seconds."""
    rows = PAGE.read_text("utf-8").partition("## Railway")[2].partition("\n## ")[0].splitlines()
    table = [row.strip("| ").split(" | ") for row in rows if row.startswith("| `")]
    variables = {name.strip("`"): value.strip("`") for name, value in table}
    return variables, json.loads(text)["deploy"]["drainingSeconds"]


def heroku(text: str) -> tuple[dict[str, str], float]:
    """Return the variables, and the seconds that Heroku gives to every application."""
    variables = json.loads(text)["env"]
    return {name: each.get("value", "") for name, each in variables.items()}, 30


def kamal(text: str) -> tuple[dict[str, str], float]:
    """Return the variables, and the seconds until it is killed."""
    file = yaml.safe_load(text)
    return file["env"]["clear"], file["drain_timeout"]


def systemd(text: str) -> tuple[dict[str, str], float]:
    """Return the variables, and the seconds until it is killed."""
    lines = text.splitlines()
    beginning = "Environment="
    given = [line.removeprefix(beginning) for line in lines if line.startswith(beginning)]
    unit = RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]  # names have capitals
    unit.read_string(text)
    variables = dict(each.split("=", 1) for each in given)
    variables |= {"ALLOWED_HOSTS": "example.com", "FORWARDED_ALLOW_IPS": "127.0.0.1"}
    return variables, float(unit["Service"]["TimeoutStopSec"])


PLATFORMS: Final[Mapping[str, Callable[[str], tuple[dict[str, str], float]]]] = {
    "fly.toml": fly,
    "render.yaml": render_com,
    "railway.json": railway,
    "app.json": heroku,
    "deploy.yml": kamal,
    "systemd/my_project.service": systemd,
}

KEYS: Final[Mapping[str, set[str]]] = {
    # https://fly.io/docs/reference/configuration/
    "fly.toml": {
        "app", "deploy", "deploy.release_command", "deploy.strategy", "env", "http_service",
        "http_service.auto_stop_machines", "http_service.checks",
        "http_service.checks.grace_period", "http_service.checks.interval",
        "http_service.checks.path", "http_service.checks.timeout", "http_service.force_https",
        "http_service.internal_port", "kill_signal", "kill_timeout",
    },
    # https://render.com/docs/blueprint-spec
    "render.yaml": {
        "databases", "databases.name", "databases.plan", "services", "services.envVars",
        "services.envVars.fromDatabase", "services.envVars.fromDatabase.name",
        "services.envVars.fromDatabase.property", "services.envVars.fromService",
        "services.envVars.fromService.name", "services.envVars.fromService.property",
        "services.envVars.fromService.type", "services.envVars.generateValue",
        "services.envVars.key", "services.envVars.sync", "services.envVars.value",
        "services.healthCheckPath", "services.ipAllowList", "services.maxShutdownDelaySeconds",
        "services.name", "services.plan", "services.preDeployCommand", "services.runtime",
        "services.type",
    },
    # https://docs.railway.com/config-as-code/reference
    "railway.json": {
        "$schema", "build", "build.builder", "deploy", "deploy.drainingSeconds",
        "deploy.healthcheckPath", "deploy.healthcheckTimeout", "deploy.overlapSeconds",
        "deploy.preDeployCommand",
    },
    # https://devcenter.heroku.com/articles/app-json-schema and, for the health check,
    # https://dokku.com/docs/appendices/file-formats/app-json/
    "app.json": {
        "env", "healthchecks", "healthchecks.web", "healthchecks.web.attempts",
        "healthchecks.web.name", "healthchecks.web.path", "healthchecks.web.type",
        "healthchecks.web.wait", "name",
    },
    # https://kamal-deploy.org/docs/configuration/overview/
    "deploy.yml": {
        "builder", "builder.arch", "builder.target", "drain_timeout", "env", "env.clear",
        "env.secret", "image", "proxy", "proxy.app_port", "proxy.healthcheck",
        "proxy.healthcheck.path", "proxy.host", "proxy.response_timeout", "proxy.ssl", "registry",
        "registry.password", "registry.server", "registry.username", "servers", "servers.web",
        "service", "volumes",
    },
}  # fmt: skip
"""What each platform documents, of the keys that are used."""

FREE: Final = {"env", "env.clear"}
"""Below these, the names are of variables."""


def keys(value: Any, above: str = "") -> set[str]:
    """Return the dotted names of all keys."""
    if isinstance(value, list):
        return {key for each in value for key in keys(each, above)}
    if not isinstance(value, dict):
        return set()
    found = set()
    for name, inner in value.items():
        dotted = f"{above}.{name}".strip(".")
        found |= {dotted} | (set() if is_free(dotted, inner) else keys(inner, dotted))
    return found


def is_free(dotted: str, inner: Any) -> bool:
    """Tell whether the names below are those of variables."""
    return dotted in FREE and not (isinstance(inner, dict) and "clear" in inner)


@pytest.mark.parametrize("name", KEYS)
def test_keys_are_those_that_the_platform_documents(name: str) -> None:
    """A misspelt one would be ignored, or end a deployment."""
    text = (FILES / name).read_text("utf-8")
    file = tomllib.loads(text) if name.endswith(".toml") else yaml.safe_load(text)
    assert keys(file) == KEYS[name]


def test_procfile_migrates_before_it_serves() -> None:
    """Heroku and Dokku run `release` before a new version serves."""
    lines = (FILES / "Procfile").read_text("utf-8").splitlines()
    processes = dict(line.split(": ", 1) for line in lines)
    assert processes == {"release": "python manage.py migrate --no-input", "web": "gunicorn"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project without options, to be asked what would serve it."""
    return render(tmp_path_factory.mktemp("site"), accounts="none")


@pytest.mark.parametrize("name", PLATFORMS)
def test_project_takes_what_the_file_says(site: Path, name: str) -> None:
    """It knows each variable, is killed after it has drained, and has nothing to complain of."""
    variables, killed_after = PLATFORMS[name]((FILES / name).read_text("utf-8"))
    listed = (site / ".env.example").read_text("utf-8")
    for variable in variables.keys() - {"DJANGO_SETTINGS_MODULE"}:
        assert f"{variable}=" in listed
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings.production"}
    environment |= {variable: value for variable, value in variables.items() if value}
    environment |= SECRETS
    python = environment_for(site)
    asked = run(python, "manage.py", "serving", "--json", cwd=site, **environment)
    assert asked.returncode == 0, asked.stderr
    told = json.loads(asked.stdout)
    limits = told["time limits in seconds"]
    drained = limits["and the worker is killed (GUNICORN_GRACEFUL_TIMEOUT)"]
    assert drained < killed_after == limits["and the container (STOP_GRACE_PERIOD)"]
    assert told["server"]["trusted proxies"] not in {"", "*"}
    assert [each for each in told["findings"] if each["id"] != LOCAL_MEMORY] == []


def test_page_shows_every_file() -> None:
    """What is tested is what is read."""
    page = PAGE.read_text("utf-8")
    for path in FILES.rglob("*"):
        if path.is_file():
            assert f"```{{literalinclude}} platforms/{path.relative_to(FILES).as_posix()}" in page
