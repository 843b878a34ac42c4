"""Whether a worker that is told to stop may go: at a reload it serves on until another one does."""

from enum import Enum, auto

from asgi_serving.server.siblings import Siblings, State


class Decision(Enum):
    """What a worker does that was told to stop."""

    STOP = auto()
    WAIT = auto()
    """Another one is starting."""
    GO_ON = auto()
    """Those that were to take its place could not start."""


def first_starting(siblings: Siblings, age: int) -> int:
    """Return the age of the first worker that is starting and was made after this one; 0 for none."""
    return min((each.age for each in siblings.after(age) if each.is_starting), default=0)


def decide(siblings: Siblings, first_awaited: int) -> Decision:
    """Return what a worker does now.

    first_awaited: the age of the first worker that was starting when this one was told to stop; 0
    if there was none. A master that stops tells all its workers, so that none is awaited any more.
    """
    if not first_awaited:
        return Decision.STOP
    awaited = list(siblings.after(first_awaited - 1))
    if any(sibling.is_starting for sibling in awaited):
        return Decision.WAIT
    failed = all(sibling.state == State.STARTING for sibling in awaited)
    return Decision.GO_ON if failed else Decision.STOP
