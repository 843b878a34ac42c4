"""The class of the workers."""

import pytest
from uvicorn_worker import UvicornWorker

from asgi_serving.checks.worker import check_worker_class
from asgi_serving.worker import Worker
from tests.serving.checks.conftest import Give, ids


class Tuned(Worker):
    """What a team may write in a package of its own."""

    CONFIG_KWARGS = {**Worker.CONFIG_KWARGS, "ws_max_size": 1_000_000}


class WithoutLifespan(UvicornWorker):
    """What guides recommend for frameworks that know no lifespan."""

    CONFIG_KWARGS = {"lifespan": "off"}


class Odd(WithoutLifespan):
    """Nothing that Uvicorn could read."""

    CONFIG_KWARGS = None  # type: ignore[assignment]  # a mistake


HERE = "tests.serving.checks.test_worker"


@pytest.mark.parametrize(
    ("worker", "found"),
    [
        ("asgi_serving.worker.Worker", []),
        (f"{HERE}.Tuned", []),
        ("uvicorn_worker.UvicornWorker", ["I003"]),
        ("uvicorn_worker.UvicornH11Worker", ["I003"]),
        ("asgi", ["I003"]),
        (f"{HERE}.WithoutLifespan", ["I003", "W005"]),
        ("uvicorn.workers.UvicornWorker", ["W001"]),
        ("asgi_serving.worker.Wroker", ["E004"]),
        ("no_such_module.Worker", ["E004"]),
        ("uvicorn_worker", ["E004"]),
        ("sync", ["E005"]),
        ("gthread", ["E005"]),
        (f"{HERE}.Odd", ["I003"]),
    ],
)
@pytest.mark.filterwarnings("ignore:The `uvicorn.workers` module:DeprecationWarning")
def test_worker_class(monkeypatch: pytest.MonkeyPatch, worker: str, found: list[str]) -> None:
    monkeypatch.setenv("GUNICORN_WORKER_CLASS", worker)
    messages = check_worker_class(None)
    assert ids(messages) == found
    assert all(worker in message.msg for message in messages)


@pytest.mark.parametrize(
    "application", ["", "wsgi_app = 'django.core.wsgi:get_wsgi_application()'"]
)
def test_site_that_is_served_over_wsgi_is_no_error(config_file: Give, application: str) -> None:
    config_file(f"worker_class = 'gthread'\n{application}")
    assert ids(check_worker_class(None)) == ["W037"]


def test_worker_class_may_come_from_gunicorns_own_variable(flags: Give) -> None:
    flags("--worker-class=sync")
    assert ids(check_worker_class(None)) == ["E005"]
