"""The comparison of Django's tests says what it should."""

from __future__ import annotations

import pytest

from proofs.django_suite import (
    EXCEPTIONS,
    EXCEPTIONS_OF_CLIENTS,
    Outcome,
    compare,
    requirement,
    unexplained,
)

EXCEPTION = next(iter(EXCEPTIONS))
FAMILIAR = Outcome(100, frozenset({"asgi.tests.Root"}))
EXPECTED = FAMILIAR.failed | EXCEPTIONS.keys()


@pytest.mark.parametrize("failed", [EXPECTED, EXPECTED - {EXCEPTION}, FAMILIAR.failed])
def test_familiar_failures_and_exceptions_are_no_difference(failed: frozenset[str]) -> None:
    """Django's own handler fails the first of them, too; a slow machine is none of the others."""
    assert list(compare(FAMILIAR, Outcome(100, failed))) == []


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (Outcome(100, EXPECTED | {"asgi.tests.New"}), "asgi.tests.New fails with the project only"),
        (Outcome(99, EXPECTED), "99 tests ran with the project and 100 with Django alone"),
    ],
)
def test_difference_is_named(own: Outcome, said: str) -> None:
    """Each is one sentence."""
    (problem,) = compare(FAMILIAR, own)
    assert problem.startswith(said)


def test_clients_have_exceptions_of_their_own() -> None:
    """What the handler may fail, the clients may not."""
    allowed, only_of_handler = next(iter(EXCEPTIONS_OF_CLIENTS)), EXCEPTION
    clients = Outcome(100, frozenset({allowed, only_of_handler}))
    (problem,) = compare(FAMILIAR, clients, EXCEPTIONS_OF_CLIENTS, "the test clients")
    assert problem == f"{only_of_handler} fails with the test clients only."


def test_failure_counts_only_if_it_comes_again() -> None:
    """Some of Django's tests measure time."""
    once = Outcome(100, EXPECTED | {"asgi.tests.Slow", "asgi.tests.Broken"})
    again = Outcome(2, frozenset({"asgi.tests.Broken"}))
    confirmed = once.confirmed({"asgi.tests.Slow", "asgi.tests.Broken"}, again)
    assert confirmed == Outcome(100, EXPECTED | {"asgi.tests.Broken"})


def test_exception_that_fails_for_another_reason_is_named() -> None:
    """What explains it was taken away, and it fails all the same."""
    assert list(unexplained(Outcome(2, frozenset()))) == []
    (problem,) = unexplained(Outcome(2, frozenset({EXCEPTION})))
    assert problem.startswith(f"{EXCEPTION} fails although")


def test_exceptions_that_are_not_run_are_left_alone() -> None:
    """Only a part of the tests was asked for."""
    assert list(unexplained(None)) == []


def test_nothing_that_ran_proves_nothing() -> None:
    """As when Django renames its tests."""
    nothing = Outcome(0, frozenset())
    assert list(compare(nothing, nothing))
    assert list(unexplained(nothing))


@pytest.mark.parametrize(("version", "told"), [("5.2", "django==5.2.*"), ("pre", "django>=6.1a1")])
def test_version_is_the_newest_of_its_kind(version: str, told: str) -> None:
    """A specifier that names a pre-release lets pip take newer ones."""
    assert requirement(version) == told
