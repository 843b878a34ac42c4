"""Does the configured worker class load, and what does it serve?"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage
from gunicorn.config import Config
from gunicorn.util import import_app, load_class

from asgi_serving.application.static import StaticFilesMissing
from asgi_serving.checks.asgi_interface import why_not_three_arguments
from asgi_serving.checks.finding import Finding
from asgi_serving.checks.project_settings import mapping
from asgi_serving.server.gunicorn_config import config_if_valid, read_configuration
from asgi_serving.settings import InvalidSettings

GUNICORNS_OF_WSGI = tuple(
    f"gunicorn.workers.{module}."
    for module in ("base_async", "geventlet", "ggevent", "gthread", "gtornado", "sync")
)
USE_OURS = 'Set worker_class = "asgi_serving.worker.Worker" in gunicorn.conf.py.'

NOT_LOADED = Finding(
    "asgi_serving.E004",
    "Gunicorn cannot load the worker class {name!r}, so it will not start: {reason}",
    USE_OURS,
    "GUNICORN_WORKER_CLASS=uvicorn_worker",
    "The boot ends; `gunicorn --check-config` says nothing of it.",
)
NO_ASGI = Finding(
    "asgi_serving.E005",
    "The worker class {name!r} is no ASGI worker: every request will be a 500.",
    USE_OURS,
    "GUNICORN_WORKER_CLASS=sync",
    "A WSGI worker calls the application with two arguments, and an ASGI application takes three.",
)
WSGI = Finding(
    "asgi_serving.W037",
    "The worker class {name!r} serves WSGI: nothing of asgi_serving serves, and an ASGI application "
    "would be a 500 at every request.",
    USE_OURS,
    'worker_class = "gthread" and wsgi_app = "config.wsgi:application"',
    "A WSGI worker calls the application with two arguments, and an ASGI application takes three.",
)
DEPRECATED = Finding(
    "asgi_serving.W001",
    "The worker class {name!r} comes from uvicorn.workers, which is deprecated since "
    "Uvicorn 0.30 and gets no more fixes.",
    "Take the class of the same name from uvicorn_worker: pip install uvicorn-worker.",
    "GUNICORN_WORKER_CLASS=uvicorn.workers.UvicornWorker",
    "https://www.uvicorn.org/release-notes/ (0.30.0). Its warning is invisible by default.",
)
NO_LIFESPAN = Finding(
    "asgi_serving.W005",
    "The worker class {name!r} turns lifespan off: database pools are opened by the first "
    "requests instead of before them, and never closed.",
    'Set "lifespan": "on" in its CONFIG_KWARGS.',
    'CONFIG_KWARGS = {"lifespan": "off"}',
    "asgi_serving.application.lifespan does both, and Uvicorn does not call it then.",
)
STOCK = Finding(
    "asgi_serving.I003",
    "The worker class {name!r} is not derived from asgi_serving.worker.Worker: requests are lost "
    "whenever a worker stops.",
    USE_OURS,
    "GUNICORN_WORKER_CLASS=uvicorn_worker.UvicornWorker",
    "At four reloads under load, 16 of 684 requests got no answer from Uvicorn's own shutdown, "
    "and none was lost here: tests/serving/drain.py.",
)


def check_worker_class(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Load the worker class that Gunicorn would load here, and look at what it is."""
    if (cfg := config_if_valid()) is None:
        return []
    if not _is_chosen():
        return []  # a command line names it
    name = cfg.settings["worker_class"].get()  # cfg.worker_class hides what is wrong with it
    try:
        worker = load_class(name)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever an import may raise
        return [NOT_LOADED.message(name=name, reason=" ".join(str(error).split()))]
    if _is_deprecated(worker):
        return [DEPRECATED.message(name=name)]
    if is_wsgi(worker):
        kind = NO_ASGI if _is_asgi(cfg.wsgi_app) else WSGI
        return [kind.message(name=name)]
    found = [] if is_ours(worker) else [STOCK.message(name=name)]
    if uvicorn_options(worker).get("lifespan") == "off":
        found.append(NO_LIFESPAN.message(name=name))
    return found


def chosen_worker(cfg: Config) -> type | None:
    """Return the worker class, or None when a command line names it or it cannot be loaded."""
    return worker_class(cfg) if _is_chosen() else None


def _is_chosen() -> bool:
    chosen = read_configuration().chosen
    return chosen is None or "worker_class" in chosen


def worker_class(cfg: Config) -> type | None:
    """Return the worker class, or None when it cannot be loaded."""
    try:
        worker: type = load_class(cfg.settings["worker_class"].get())
    except (Exception, SystemExit):  # noqa: BLE001  # whatever an import may raise
        return None
    return worker


def uvicorn_options(worker: type | None) -> Mapping[str, Any]:
    """Return what a class of Uvicorn's tells Uvicorn, beside what Gunicorn's settings say."""
    return mapping(getattr(worker, "CONFIG_KWARGS", None))


def is_ours(worker: type | None) -> bool:
    """Tell whether a class drains and recycles as ours does."""
    return "asgi_serving.worker.Worker" in _ancestors(worker)


def may_be_uvicorns(worker: type | None) -> bool:
    """Tell whether a class hands requests to Uvicorn, or cannot be loaded to be asked."""
    # By its name: the package itself may be one that cannot be imported, or not be installed.
    return worker is None or any(name.endswith(".UvicornWorker") for name in _ancestors(worker))


def is_wsgi(worker: type | None) -> bool:
    """Tell whether a class calls applications as WSGI does."""
    return any(name.startswith(GUNICORNS_OF_WSGI) for name in _ancestors(worker))


def _is_asgi(name: str | None) -> bool:
    """Tell whether something is named, and takes what an ASGI application takes."""
    try:
        return bool(name) and not why_not_three_arguments(import_app(name))
    except (InvalidSettings, StaticFilesMissing):
        return True  # so says what serves ASGI here
    except (Exception, SystemExit):  # noqa: BLE001  # whatever the import of a project may raise
        return False


def _is_deprecated(worker: type) -> bool:
    return "uvicorn.workers.UvicornWorker" in _ancestors(worker)


def _ancestors(worker: Any) -> set[str]:
    ancestors = getattr(worker, "__mro__", ())
    return {f"{base.__module__}.{base.__qualname__}" for base in ancestors}
