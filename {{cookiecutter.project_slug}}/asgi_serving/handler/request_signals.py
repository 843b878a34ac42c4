"""The signals of a request: sent as Django sends them, but without a thread where nobody needs one."""

from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import ReferenceType

from django.core.cache import close_caches
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import reset_urlconf
from django.db import close_old_connections, reset_queries
from django.dispatch import Signal

Receiver = Callable[..., Any]
DJANGOS = frozenset({reset_queries, close_old_connections, close_caches, reset_urlconf})
"""What Django itself connects to the signals of a request."""


class Receivers(NamedTuple):
    """What is connected to a signal.

    only_djangos: Django's own receivers, or None when there are others.
    close_connections: whether the connections of a request are to be closed. Django's test client
    takes that receiver away, so that a test goes on in its own transaction.
    """

    only_djangos: list[Receiver] | None
    close_connections: bool


_looked_up: dict[Signal, tuple[list[Any], Receivers]] = {}


def receivers_of(signal: Signal) -> Receivers:
    """Return what is connected to a signal; it is looked up again when that has changed."""
    connected, found = _looked_up.get(signal, ([], None))
    if found is None or connected != signal.receivers:
        connected = list(signal.receivers)
        # Not by the method that Django has for it, which others wrap, and all receivers with it.
        referred = [_dereferenced(receiver) for _, receiver, *_ in connected]
        receivers = [receiver for receiver in referred if receiver is not None]
        only_djangos = DJANGOS.issuperset(receivers)
        found = Receivers(receivers if only_djangos else None, close_old_connections in receivers)
        _looked_up[signal] = connected, found
    return found


def _dereferenced(receiver: Any) -> Any:
    return receiver() if isinstance(receiver, ReferenceType) else receiver


def call(receivers: list[Receiver], signal: Signal, **named: Any) -> None:
    """Call receivers as the signal would, from the handler that Django's own would be."""
    for receiver in receivers:
        receiver(signal=signal, sender=ASGIHandler, **named)
