"""The comparison of other people's tests says what it should."""

from __future__ import annotations

import pytest
from rendering import TEMPLATE

from proofs.third_party_suites import comparison
from proofs.third_party_suites.comparison import Compared, problems
from proofs.third_party_suites.runs import Outcome
from proofs.third_party_suites.suites import CONTROL, EXCEPTIONS, LEFT_OUT, QUICK, SUITES
from proofs.third_party_suites.table import left_out, table
from proofs.third_party_suites.under_test.scope import scope_of

TESTS = frozenset({"test_a", "test_b", "test_c"})
FAMILIAR = Outcome(TESTS, frozenset({"test_a"}), 10)


def compared(own: Outcome, stock: Outcome = FAMILIAR) -> list[str]:
    """Return the problems of a package."""
    return list(problems(Compared("django-some", "1.0", stock, own)))


def test_what_fails_with_both_is_no_difference() -> None:
    """It says nothing about the project."""
    assert compared(FAMILIAR) == []


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (
            Outcome(TESTS, frozenset({"test_a", "test_b"}), 10),
            "test_b fails with the project only.",
        ),
        (Outcome(TESTS, frozenset(), 10), "test_a fails with Django's handler only."),
        (
            Outcome(TESTS - {"test_b"}, FAMILIAR.failed, 10),
            "test_b ran with Django's handler only.",
        ),
        (Outcome(TESTS, FAMILIAR.failed, 0), "3 tests ran, and 0 requests got through."),
    ],
)
def test_difference_is_named(own: Outcome, said: str) -> None:
    """Each is one sentence, and begins with the package."""
    assert compared(own) == [f"django-some: {said}"]


def test_exception_is_no_problem_while_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that was mended leaves the list."""
    monkeypatch.setattr(comparison, "EXCEPTIONS", {"django-some": {"test_b": "It may."}})
    assert compared(Outcome(TESTS, frozenset({"test_a", "test_b"}), 10)) == []
    (problem,) = compared(FAMILIAR)
    assert "test_b is listed as an exception, and is none" in problem


def test_failure_counts_only_if_it_comes_again() -> None:
    """Some tests measure time."""
    once = Outcome(TESTS, frozenset({"test_a", "test_b", "test_c"}), 10)
    again = Outcome(frozenset({"test_b", "test_c"}), frozenset({"test_c"}), 2)
    confirmed = once.confirmed(frozenset({"test_b", "test_c"}), again)
    assert confirmed == Outcome(TESTS, frozenset({"test_a", "test_c"}), 10)


def test_exception_that_did_not_run_is_missed_in_a_whole_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its package may have renamed it; of a part, nothing is known."""
    monkeypatch.setattr(comparison, "EXCEPTIONS", {"django-some": {"test_old": "It may."}})
    familiar = Compared("django-some", "1.0", FAMILIAR, FAMILIAR)
    assert list(problems(familiar, whole=False)) == []
    assert len(list(problems(familiar))) == 1


def test_table_counts() -> None:
    """A row for each package."""
    own = Outcome(TESTS, frozenset({"test_b", "test_c"}), 10)
    row = table([Compared("django-some", "1.0", FAMILIAR, own)]).splitlines()[-1]
    assert row == "| django-some | 1.0 | 3 | 10 | 1 | 2 | 3 |"


def test_documentation_names_what_is_left_out() -> None:
    """A whole run writes the file."""
    page = TEMPLATE / "docs" / "third-parties" / "left-out.md"
    assert page.read_text("utf-8") == left_out()


def test_names_are_of_suites() -> None:
    """A suite that is renamed does not vanish from a part unseen."""
    names = {suite.package for suite in SUITES}
    assert {*QUICK, CONTROL[0], *EXCEPTIONS} <= names
    assert CONTROL[0] in QUICK
    assert not names & LEFT_OUT.keys()


def test_scope_says_what_the_client_said() -> None:
    """Django's test client gives bytes as Latin-1, as WSGI does."""
    scope = scope_of({
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "/site",
        "PATH_INFO": "/caf\u00c3\u00a9/",
        "QUERY_STRING": "a=1",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "443",
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.url_scheme": "https",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "",
        "HTTP_X_COLOR": "gr\u00fcn",
    })  # fmt: skip
    assert (scope["method"], scope["path"], scope["scheme"]) == (
        "POST",
        "/site/caf\u00e9/",
        "https",
    )
    assert (scope["root_path"], scope["client"][0]) == ("/site", "192.0.2.1")
    assert scope["headers"] == [(b"content-type", b"text/plain"), (b"x-color", b"gr\xfcn")]
