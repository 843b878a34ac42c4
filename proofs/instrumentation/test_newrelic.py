"""New Relic's agent sees with lanes what it sees with Django's own handler."""

import re

import pytest
from tests.instrumentation.servers import HANDLERS, PAGES
from tests.instrumentation.traffic import ALL, interleave

SETTINGS = "newrelic_settings"
COMMAND = ("newrelic-admin", "run-program")
VARIABLES = {
    "NEW_RELIC_DEVELOPER_MODE": "on",  # it talks to nobody
    "NEW_RELIC_STARTUP_TIMEOUT": "60",  # the first request waits for it
    "NEW_RELIC_LOG": "stderr",
}


def asked(watched, path, user=None):
    """Ask for a page and return its transaction."""
    watched.get(path, user)
    transactions = watched.recording.new(lambda all_: any(each["path"] == path for each in all_))
    (transaction,) = [each for each in transactions if each["path"] == path]
    return transaction


def without_modules(transaction):
    """Return it without the modules of the handler and of middleware, which are the project's."""
    return re.sub(
        r"[\w.]+:(\w+Middleware\b|\w+Handler\.)", handler_or_middleware, repr(transaction)
    )


def handler_or_middleware(match):
    """Return the name of a class of middleware; of a handler only that it is one."""
    return "Handler." if match[1].endswith(".") else match[1]


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_transaction_is_the_same(servers, path):
    """The first one, and the one on a lane that was used: its name, errors and nodes."""
    for _ in range(2):
        own, stock = (asked(servers[name], path, "user-3") for name in HANDLERS)
        assert without_modules(own) == without_modules(stock)


def test_transaction_is_named_by_its_view(watched):
    """With stock Django, too: else two faults would be the same."""
    transaction = asked(watched, "/users/7/")
    assert transaction["name"] == "WebTransaction/Function/tests.instrumentation.pages:plain"
    assert transaction["attributes"]["response.status"] == "200"


def test_view_is_named_also_after_a_request_that_was_ignored(watched):
    """A view that was called outside of a transaction first is not left out for ever."""
    assert watched.get("/ignored/", **{"X-Ignore": "1"}).status_code == 200
    transaction = asked(watched, "/ignored/")
    assert transaction["name"] == "WebTransaction/Function/tests.instrumentation.pages:ignored"


def test_transaction_is_told_of_its_own_request_only(watched):
    """Also when requests are interleaved, fail, or lose their client."""
    assert interleave(watched, ALL) > 1
    requests = {request.path.partition("?")[0]: request for request in ALL}

    def of_requests(transactions):
        return {requests[each["path"]]: each for each in transactions if each["path"] in requests}

    whole = {request for request in ALL if not request.leaves}
    found = of_requests(watched.recording.new(lambda all_: whole <= of_requests(all_).keys()))
    for request, transaction in found.items():
        own = f"{request.number} {request.user or ''}"
        told = {name: transaction["told"].get(name) for name in request.parts}
        if request.leaves:
            assert set(told.values()) <= {own, None}
            continue
        assert told == dict.fromkeys(request.parts, own)
        messages = [message for _, message in transaction["errors"]]
        assert messages == [f"Request {request.number} fails"] * request.fails
