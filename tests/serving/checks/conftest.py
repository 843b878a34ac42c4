"""What the tests of the checks share."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from django.core.checks import CheckMessage

type Give = Callable[[str], None]


def ids(messages: Sequence[CheckMessage]) -> list[str]:
    """Return the numbers of the findings, without `asgi_serving.`; each has a hint."""
    assert all(message.hint and message.id for message in messages)
    return [str(message.id).removeprefix("asgi_serving.") for message in messages]


@pytest.fixture
def flags(monkeypatch: pytest.MonkeyPatch) -> Give:
    """Return what sets flags for Gunicorn, as an operator does in the environment."""

    def give(arguments: str) -> None:
        monkeypatch.setenv("GUNICORN_CMD_ARGS", arguments)

    return give


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the registered checks look, as in `manage.py check`."""
    monkeypatch.setattr("sys.argv", ["manage.py", "check"])


@pytest.fixture
def config_file(tmp_path: Path, flags: Give) -> Give:
    """Return what writes a configuration file and lets Gunicorn read it."""

    def give(content: str) -> None:
        path = tmp_path / "written.py"
        path.write_text(content)
        flags(f"--config={path}")

    return give
