"""The comparison of Django's tests says what it should."""

from __future__ import annotations

import pytest

from proofs.django_suite import EXCEPTIONS, Outcome, compare

EXCEPTION = next(iter(EXCEPTIONS))
FAMILIAR = Outcome(100, frozenset({"asgi.tests.Root"}))
EXPECTED = FAMILIAR.failed | EXCEPTIONS.keys()


def test_familiar_failures_and_exceptions_are_no_difference() -> None:
    """Django's own handler fails the first of them, too."""
    assert list(compare(FAMILIAR, Outcome(100, EXPECTED), ["asgi"])) == []


def test_exceptions_of_other_tests_are_left_alone() -> None:
    """Only a part of the tests was run."""
    assert list(compare(FAMILIAR, FAMILIAR, ["middleware"])) == []


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (Outcome(100, EXPECTED | {"asgi.tests.New"}), "asgi.tests.New fails with the project only"),
        (Outcome(100, EXPECTED - {EXCEPTION}), f"{EXCEPTION} is listed as an exception, and is"),
        (Outcome(99, EXPECTED), "99 tests ran with the project and 100 with Django alone"),
    ],
)
def test_difference_is_named(own: Outcome, said: str) -> None:
    """Each is one sentence."""
    (problem,) = compare(FAMILIAR, own, ["asgi"])
    assert problem.startswith(said)


def test_exception_that_django_fails_too_is_named() -> None:
    """It says nothing about the project."""
    both = Outcome(100, EXPECTED)
    assert len(list(compare(both, both, ["asgi"]))) == len(EXCEPTIONS)


def test_nothing_that_ran_proves_nothing() -> None:
    """As when Django renames its tests."""
    nothing = Outcome(0, frozenset())
    assert list(compare(nothing, nothing, ["middleware"]))
