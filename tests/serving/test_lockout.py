"""How many failed logins are too many: for an account, a network, and both together."""

import pytest
from django.contrib.auth import get_backends

from tests.test_throttle import INSIDE, LIMIT, LOCKED, WRONG, accounts, guess, log_in

from my_project.users.lockout import LockoutHandler

__all__ = ["accounts"]  # a fixture

pytestmark = pytest.mark.django_db

ACCOUNT_LIMIT, NETWORK_LIMIT = 5, 7


@pytest.fixture(autouse=True)
def limits(accounts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LockoutHandler, "account_limit", ACCOUNT_LIMIT)
    monkeypatch.setattr(LockoutHandler, "network_limit", NETWORK_LIMIT)


@pytest.mark.parametrize(
    ("guesser", "neighbour", "stranger"),
    [
        ("2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1"),
        ("::ffff:192.0.2.7", "192.0.2.7", "::ffff:192.0.2.8"),
    ],
)
def test_network_is_64_bits_of_ipv6_or_an_ipv4_address(
    guesser: str, neighbour: str, stranger: str
) -> None:
    assert [guess(guesser) for _ in range(LIMIT)][-1] == LOCKED
    assert log_in(neighbour) == LOCKED
    assert log_in(stranger) == INSIDE


def test_many_networks_at_one_account_leave_its_owner_a_way_in() -> None:
    assert log_in("198.51.100.1") == INSIDE
    assert {guess(f"192.0.2.{host}") for host in range(ACCOUNT_LIMIT - 1)} == {WRONG}
    assert guess("203.0.113.1") == LOCKED
    assert log_in("203.0.113.2") == LOCKED
    assert log_in("203.0.113.2", "eve") == INSIDE
    assert log_in("198.51.100.1") == INSIDE  # where the owner was before


def test_one_network_at_many_accounts_is_locked_but_for_who_works_there() -> None:
    assert log_in("192.0.2.7") == INSIDE
    assert {guess("192.0.2.7", f"user{number}") for number in range(NETWORK_LIMIT - 1)} == {WRONG}
    assert guess("192.0.2.7", "one-too-many") == LOCKED
    assert log_in("192.0.2.7", "eve") == LOCKED
    assert log_in("192.0.2.8", "eve") == INSIDE
    assert log_in("192.0.2.7") == INSIDE


def never(*credentials: object, **more: object) -> None:
    raise AssertionError("a password is looked at")


def test_name_that_cannot_be_stored_is_neither_hashed_nor_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(type(get_backends()[-1]), "authenticate", never)
        assert {guess("192.0.2.7", "a" * 256) for _ in range(LIMIT)} == {WRONG}
    assert guess("192.0.2.7", "a" * 255) == WRONG
    assert log_in("192.0.2.7") == INSIDE
