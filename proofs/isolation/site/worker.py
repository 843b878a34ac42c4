"""The project's worker on the event loop that LOOP names."""

import os

from asgi_serving.worker import Worker


class LoopWorker(Worker):
    """`uvloop` or `asyncio`."""

    CONFIG_KWARGS = {**Worker.CONFIG_KWARGS, "loop": os.environ["LOOP"]}
