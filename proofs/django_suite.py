"""Django's own tests find nothing else with a project's handler, middleware and test clients.

    nox -s django_suite                       all that handlers and middleware have to do with
    nox -s django_suite -- asgi middleware    only these
    nox -s django_suite -- --django 5.2       with another version of Django

The tests come from the source distribution of that Django. They run three times at the same
time: as they are, with the project's handler and middleware, and with the library's test clients,
through which hundreds of tests ask their views on lanes. The outcomes are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from quality import environment_for
from rendering import render

from proofs.source_distributions import source_of

LABELS: Final = (
    "asgi", "async", "auth_tests", "cache", "csrf_tests", "file_uploads", "handlers",
    "messages_tests", "middleware", "middleware_exceptions", "requests_tests", "responses",
    "sessions_tests", "signals", "staticfiles_tests", "test_client", "test_client_regress",
    "view_tests",
)  # fmt: skip
"""The parts of Django's tests that run unless others are named."""

WATCH: Final = (
    "It wants the watch for a client that left to begin at once; the project begins it after "
    "asgi_serving.handler.handler.WATCH_AFTER, so a response that is ready before is still sent."
)
SERVED: Final = "It wants what WSGI does; the clients ask by ASGI, as production is asked."
ADAPTED: Final = (
    "It wants the log to tell that asynchronous code was adapted to a middleware that is synchronous "
    "alone; with one, all middleware runs on the request's lane, and nothing is adapted."
)
REMOTE_USER: Final = (
    "It gives REMOTE_USER as a server of WSGI does; Django takes it from a header under ASGI."
)
EXCEPTIONS_OF_CLIENTS: Final = {
    "handlers.tests.SignalsTests.test_request_signals": SERVED,
    "middleware_exceptions.tests.MiddlewareNotUsedTests."
    "test_async_and_sync_middleware_chain_async_call": ADAPTED,
    "middleware_exceptions.tests.MiddlewareNotUsedTests.test_log": SERVED,
    "middleware_exceptions.tests.MiddlewareNotUsedTests.test_log_custom_message": SERVED,
    "middleware_exceptions.tests.MiddlewareSyncAsyncTests.test_async_middleware": SERVED,
    "middleware_exceptions.tests.MiddlewareSyncAsyncTests.test_sync_middleware_async": ADAPTED,
    "view_tests.tests.test_static.StaticHelperTest.test_chunked": SERVED,
    "view_tests.tests.test_static.StaticTests.test_chunked": SERVED,
    **{
        f"auth_tests.test_remote_user.{case}.{test}": REMOTE_USER
        for case in (
            "AllowAllUsersRemoteUserBackendTest", "PersistentRemoteUserTest",
            "RemoteUserCustomTest", "RemoteUserNoCreateTest", "RemoteUserTest",
        )
        for test in (
            "test_header_disappears", "test_inactive_user", "test_known_user", "test_last_login",
            "test_unknown_user", "test_user_switch_forces_new_login",
        )
    },
}  # fmt: skip
"""The tests that may fail with the library's test clients only, and why that is right."""

EXCEPTIONS: Final = {
    "asgi.tests.ASGITest.test_assert_in_listen_for_disconnect": WATCH,
    "asgi.tests.ASGITest.test_disconnect_with_body": WATCH,
}
"""The tests that may fail with the project's handler only, and why that is right.

On a busy machine they pass, as a request takes longer there. They must pass with `AT_ONCE`.
"""

AT_ONCE: Final = "project, watching at once"
"""The project's handler without what the exceptions are about."""

CLIENTS: Final = "clients"
"""The library's test clients, in place of Django's."""

RUNNER: Final = Path(__file__).with_name("run_django_tests.py")
DEADLINE: Final = 1200
"""How long the tests may take, in seconds."""


class Outcome(NamedTuple):
    """What came of one run of the tests."""

    tests: int
    failed: frozenset[str]

    def confirmed(self, doubtful: Set[str], again: Outcome) -> Outcome:
        """Return the outcome with what came of the doubtful tests when they ran once more."""
        return Outcome(self.tests, (self.failed - doubtful) | again.failed)


def main() -> int:
    """Run the tests, and return 0 if they found what they should, and 1 otherwise."""
    parser = argparse.ArgumentParser(
        "nox -s django_suite --", description="Run Django's own tests."
    )
    parser.add_argument("labels", nargs="*", default=LABELS, help="parts of Django's tests")
    parser.add_argument(
        "--django", default="", help="another version than a project's, as 5.2; or pre"
    )
    asked = parser.parse_args()
    labels: Sequence[str] = asked.labels
    other = [requirement(asked.django)] if asked.django else []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as executor:
        project = render(Path(folder))
        python = environment_for(project, "tblib", *other)
        tests = django_tests(python)

        def outcomes(labels: Sequence[str], *handlers: str) -> Iterator[Outcome]:
            def outcome(handler: str) -> Outcome:
                return run_tests(python, project, tests, handler, labels)

            return executor.map(outcome, handlers)

        stock, own, clients = outcomes(labels, "stock", "project", CLIENTS)
        # Some of Django's tests measure time, and fail now and then on a busy machine.
        if doubtful := own.failed - stock.failed - EXCEPTIONS.keys():
            stock_again, own_again = outcomes(sorted(doubtful), "stock", "project")
            stock = stock.confirmed(doubtful, stock_again)
            own = own.confirmed(doubtful, own_again)
        if doubtful := clients.failed - stock.failed - EXCEPTIONS_OF_CLIENTS.keys():
            (clients_again,) = outcomes(sorted(doubtful), CLIENTS)
            clients = clients.confirmed(doubtful, clients_again)
        excepted = [name for name in EXCEPTIONS if name.partition(".")[0] in labels]
        at_once = run_tests(python, project, tests, AT_ONCE, excepted) if excepted else None
    problems = [
        *compare(stock, own),
        *compare(stock, clients, EXCEPTIONS_OF_CLIENTS, "the test clients"),
        *unexplained(at_once),
    ]
    print(f"\n{own.tests} tests; Django's own handler fails {len(stock.failed)}.")
    print(*problems or ["The project fails no other, but for the listed exceptions."], sep="\n")
    return 1 if problems else 0


def requirement(version: str) -> str:
    """Return what pip is told for a version such as 5.2, or `pre` for the newest pre-release."""
    return "django>=6.1a1" if version == "pre" else f"django=={version}.*"


def compare(
    stock: Outcome,
    own: Outcome,
    exceptions: Mapping[str, str] = EXCEPTIONS,
    what: str = "the project",
) -> Iterator[str]:
    """Yield a sentence for each difference that is not as it should be."""
    if not own.tests or own.tests != stock.tests:
        yield f"{own.tests} tests ran with {what} and {stock.tests} with Django alone."
    for name in sorted(own.failed - stock.failed - exceptions.keys()):
        yield f"{name} fails with {what} only."


def unexplained(at_once: Outcome | None) -> Iterator[str]:
    """Yield a sentence for each exception that fails for another reason than the one it has."""
    if at_once is None:
        return
    if not at_once.tests:
        yield "None of the exceptions ran: are they still called so?"
    for name in sorted(at_once.failed):
        yield f"{name} fails although the watch begins at once: that does not explain it."


def django_tests(python: Path) -> Path:
    """Return the folder of the tests of the installed Django, fetched if it is not in the cache.

    Raises CalledProcessError when the source distribution cannot be had.
    """
    version = subprocess.run(
        [python, "-m", "django", "--version"], check=True, capture_output=True, text=True
    ).stdout.strip()
    return source_of("django", version) / "tests"


def run_tests(
    python: Path, project: Path, tests: Path, handler: str, labels: Sequence[str]
) -> Outcome:
    """Run the tests with the handler `stock`, `project`, `AT_ONCE` or `CLIENTS`, and return what came of it.

    The output of the tests is shown with the name of the handler.
    Raises RuntimeError when they did not get to their end.
    """
    processes = os.cpu_count() or 2  # many of the tests wait for something
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results.json")
        command = [str(python), str(RUNNER), str(results), str(tests), handler]
        finished = subprocess.run(
            [*command, f"--parallel={processes}", *labels],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE,
            env=os.environ | {"PYTHONPATH": str(project), "TMPDIR": folder},
        )
        if not results.exists():
            raise RuntimeError(f"Django's tests did not run:\n{finished.stdout}")
        outcome = json.loads(results.read_text("utf-8"))
    print(f"\n--- {handler}\n{finished.stdout}", flush=True)
    return Outcome(outcome["tests"], frozenset(outcome["failed"]))


if __name__ == "__main__":
    sys.exit(main())
