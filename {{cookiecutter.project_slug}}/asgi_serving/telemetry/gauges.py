"""Metrics of a worker itself: its lanes, and whether it drains."""

from collections.abc import Iterable

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

from asgi_serving.drain import drain


def observe() -> None:
    """Have the gauges read whenever metrics are sent."""
    meter = metrics.get_meter("asgi_serving")
    meter.create_observable_gauge(
        "asgi_serving.lanes",
        [_lanes],
        unit="{lane}",
        description="Lanes of the worker: busy, and all that there may be.",
    )
    meter.create_observable_gauge(
        "asgi_serving.lanes.waiting",
        [_waiting],
        unit="{request}",
        description="Requests that wait for a lane.",
    )
    meter.create_observable_gauge(
        "asgi_serving.draining",
        [_draining],
        description="1 when the worker only finishes what it has accepted, else 0.",
    )


def _lanes(options: CallbackOptions) -> Iterable[Observation]:
    from asgi_serving.asgi import lanes_of_process  # noqa: PLC0415  # it needs Django set up

    if lanes := lanes_of_process():
        yield Observation(lanes.busy, {"state": "busy"})
        yield Observation(lanes.size, {"state": "all"})


def _waiting(options: CallbackOptions) -> Iterable[Observation]:
    from asgi_serving.asgi import lanes_of_process  # noqa: PLC0415  # it needs Django set up

    if lanes := lanes_of_process():
        yield Observation(lanes.waiting)


def _draining(options: CallbackOptions) -> Iterable[Observation]:
    yield Observation(int(drain.begun))
