"""Workers as a team derives them, on Uvicorn's other implementations of HTTP."""

from asgi_serving.worker import Worker


class H11Worker(Worker):
    """The one in Python."""

    CONFIG_KWARGS = {**Worker.CONFIG_KWARGS, "http": "h11"}


class ZttpWorker(Worker):
    """The newest."""

    CONFIG_KWARGS = {**Worker.CONFIG_KWARGS, "http": "zttp"}
