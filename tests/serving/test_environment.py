"""The environment variables: one list, and everything that must agree with it."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

import asgi_serving.environment
from asgi_serving.environment.reading import Environment
from asgi_serving.settings import ServingSettings
from config.variables import BASE_DIR, GROUPS

VARIABLES = [variable for group in GROUPS.values() for variable in group]
NAMES = {variable.name for variable in VARIABLES}
COMPLETE = {
    "SECRET_KEY": "a-real-key-" * 5,
    "ALLOWED_HOSTS": "example.com, www.example.com",
    "DATABASE_URL": "postgres://user:secret@database/name",
    "CACHE_URL": "redis://cache/0",
    "EMAIL_URL": "consolemail://",
}


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment with none of the listed variables."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable.name, raising=False)
        monkeypatch.delenv(variable.name_file, raising=False)
    return monkeypatch


def set_all(environ: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        environ.setenv(name, value)


def names_read_from_env(path: Path) -> set[str]:
    """Return each NAME of `env["NAME"]` in a Python file."""
    return {
        node.slice.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == "env"
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    }


def test_every_variable_is_read_and_every_one_read_is_listed() -> None:
    library = Path(asgi_serving.environment.__path__[0])
    files = [BASE_DIR / "gunicorn.conf.py"]
    files += [file for folder in (BASE_DIR / "config", library) for file in folder.rglob("*.py")]
    read = set().union(*map(names_read_from_env, files))
    by_settings = {each.name.upper() for each in fields(ServingSettings)} - {"WEBSOCKET_ROUTES"}
    assert read | by_settings == NAMES


def test_nothing_need_be_set_for_development(environ: pytest.MonkeyPatch) -> None:
    assert Environment(GROUPS)["DATABASE_URL"] == "sqlite:///db.sqlite3"


def test_production_names_all_that_is_missing(environ: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        Environment(GROUPS).require()
    for name in COMPLETE:
        assert f"{name} is not set" in str(refusal.value)


def test_production_refuses_an_example_as_secret(environ: pytest.MonkeyPatch) -> None:
    set_all(environ, {**COMPLETE, "SECRET_KEY": "change-me"})
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY still has the placeholder"):
        Environment(GROUPS).require()


def test_values_have_the_type_of_their_default(environ: pytest.MonkeyPatch) -> None:
    set_all(environ, {**COMPLETE, "WEB_CONCURRENCY": "3", "SECURE_SSL_REDIRECT": "no"})
    env = Environment(GROUPS)
    assert env["WEB_CONCURRENCY"] == 3
    assert env["SECURE_SSL_REDIRECT"] is False
    assert env["ALLOWED_HOSTS"] == ["example.com", "www.example.com"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("WEB_CONCURRENCY", "many", "WEB_CONCURRENCY must be a whole number, not 'many'"),
        ("WEB_CONCURRENCY", "-1", "WEB_CONCURRENCY must be a whole number, not '-1'"),
        ("SECURE_SSL_REDIRECT", "ture", "SECURE_SSL_REDIRECT must be true or false, not 'ture'"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT must be json or text, not 'xml'"),
        ("DATABASE_URL", "oops", "DATABASE_URL must be postgres:// or postgresql:// or sqlite://"),
    ],
)
def test_wrong_value_is_named(
    environ: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    environ.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as refusal:
        Environment(GROUPS)
    assert message in str(refusal.value)


def test_wrong_secret_is_not_shown(environ: pytest.MonkeyPatch) -> None:
    environ.setenv("DATABASE_URL", "the-password-by-mistake")
    with pytest.raises(ImproperlyConfigured) as refusal:
        Environment(GROUPS)
    assert "the-password-by-mistake" not in str(refusal.value)


def test_secret_comes_from_a_file(environ: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret_key"
    secret.write_text("$ecret from a file#\n")
    set_all(environ, COMPLETE)
    environ.delenv("SECRET_KEY")
    environ.setenv("SECRET_KEY_FILE", str(secret))
    assert Environment(GROUPS)["SECRET_KEY"] == "$ecret from a file#"


def test_missing_file_of_a_secret_is_named(environ: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environ.setenv("SECRET_KEY_FILE", str(tmp_path / "absent"))
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE cannot be read"):
        Environment(GROUPS)
