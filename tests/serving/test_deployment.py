"""Production's settings have nothing that Django's deployment checks complain about."""

from pathlib import Path

from tests.serving.server import manage, production_environment


def test_deployment_checks_are_content(tmp_path: Path) -> None:
    env = production_environment(
        tmp_path,
        DJANGO_SETTINGS_MODULE="config.settings.production",
        CACHE_URL="redis://127.0.0.1:6379/0",
        EMAIL_URL="smtp+tls://user:password@mail.example.com:587",
        SECRET_KEY="0123456789" * 6 + "abcdefghij",
    )
    done = manage("check", "--deploy", "--fail-level", "WARNING", env=env)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
