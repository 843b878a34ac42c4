"""What differs between two runs of the same tests, and whether it may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from proofs.third_party_suites.runs import Outcome
from proofs.third_party_suites.suites import EXCEPTIONS


class Compared(NamedTuple):
    """A package, its version, and what came of its tests with Django's handler and the project's."""

    package: str
    version: str
    stock: Outcome
    own: Outcome


def differences(stock: Outcome, own: Outcome) -> frozenset[str]:
    """Return the tests that one handler fails and the other does not."""
    return stock.failed ^ own.failed


def problems(compared: Compared, *, whole: bool = True) -> Iterator[str]:
    """Yield a sentence for each difference that is not as it should be.

    whole: whether the exceptions that did not run are missed, too.
    """
    package, _, stock, own = compared
    exceptions = set(EXCEPTIONS.get(package, {}))
    if not whole:
        exceptions &= own.tests | stock.tests
    differing = differences(stock, own)
    if not own.tests or not own.requests:
        yield f"{package}: {len(own.tests)} tests ran, and {own.requests} requests got through."
    for test in sorted(own.tests ^ stock.tests):
        who = "the project" if test in own.tests else "Django's handler"
        yield f"{package}: {test} ran with {who} only."
    for test in sorted(differing - exceptions):
        who = "the project" if test in own.failed else "Django's handler"
        yield f"{package}: {test} fails with {who} only."
    for test in sorted(exceptions - differing):
        yield f"{package}: {test} is listed as an exception, and is none: take it from the list."
