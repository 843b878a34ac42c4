"""Sentry's SDK sees with lanes what it sees with Django's own handler, and of each only its own."""

import re
from collections import Counter, defaultdict

import pytest
from tests.instrumentation.servers import PAGES
from tests.instrumentation.traffic import ALL, interleave

SETTINGS = "sentry_settings"

OF_DJANGO = {
    "django.core.cache.close_caches",
    "django.core.handlers.base.reset_urlconf",
    "django.db.close_old_connections",
    "django.db.reset_queries",
}
"""Receivers of signals, which the project calls without the signal where there are no others."""


def asked(watched, path, user=None):
    """Ask for a page and return its answer, its transaction, and the events before that."""
    answer = watched.get(path, user)
    entries = watched.recording.new(transactions(1))
    *events, transaction = entries
    assert transaction["kind"] == "transaction"
    return answer, transaction, events


def transactions(number):
    """Return a function that tells whether so many transactions are among the entries."""
    return lambda entries: sum(entry["kind"] == "transaction" for entry in entries) >= number


def person(event):
    """Return who is named by an event: id, e-mail and username, as far as they are in it."""
    user = event.get("user", {})
    return {key: user[key] for key in ("id", "email", "username") if key in user}


def identity(watched, name):
    """Return what `person` finds where all is right."""
    if name is None:
        return {}
    return {"id": watched.people[name][0], "email": f"{name}@example.com", "username": name}


def test_failure_of_nobody_does_not_name_who_came_before(watched):
    """Alice's request and that of nobody are on connections of their own, one after the other."""
    alice = "user-1"
    watched.get("/users/1/", alice)
    assert watched.get("/fail/").status_code == 500
    entries = watched.recording.new(lambda entries: any(e["kind"] == "event" for e in entries))
    (failure,) = [entry for entry in entries if entry["kind"] == "event"]
    assert failure["exception"]["values"][-1]["value"] == "The view fails"
    assert person(failure) == {}
    watched.recording.new(lambda later: transactions(2)(entries + later))


def test_failure_names_its_own_user(watched):
    """The user whom the view looked at, and the page."""
    asked(watched, "/users/1/", "user-1")
    _, transaction, _ = asked(watched, "/users/2/", "user-2")
    assert person(transaction) == identity(watched, "user-2")
    assert transaction["request"]["url"].endswith("/users/2/")


def test_tag_of_a_request_stays_in_it(watched):
    """One that is set in a view is in the events of the request, and in no other's."""
    _, transaction, (event,) = asked(watched, "/work/1/", "user-1")
    assert event["tags"]["number"] == transaction["tags"]["number"] == 1
    _, transaction, (event,) = asked(watched, "/fail/")
    assert "number" not in event.get("tags", {})
    assert "number" not in transaction.get("tags", {})


def test_breadcrumbs_of_a_request_stay_in_it(watched):
    """What a request logged is not told with the failure of another."""
    asked(watched, "/no-such-page/")
    _, _, (event,) = asked(watched, "/fail/")
    assert "no-such-page" not in str(event["breadcrumbs"])


def spans(transaction):
    """Return operation and description of each span, and how often it is there.

    The module of a middleware is left out: the project's are subclasses of Django's.
    """
    middleware = re.compile(r"[\w.]+\.(\w+Middleware)\b")
    return Counter(
        (span["op"], middleware.sub(r"\1", span["description"]))
        for span in transaction["spans"]
        if span["description"] not in OF_DJANGO
    )


def outline(transaction):
    """Return what must be the same for both handlers."""
    trace = transaction["contexts"]["trace"]
    return {
        "name": re.sub(r"127\.0\.0\.1:\d+", "", transaction["transaction"]),  # of no page: the URL
        "source": transaction["transaction_info"],
        "trace": {key: trace.get(key) for key in ("op", "origin", "status")},
        "response": transaction["contexts"].get("response"),
        "method": transaction["request"]["method"],
        "user": person(transaction),
    }


@pytest.mark.parametrize("user", ["user-3", None], ids=["user", "nobody"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_transaction_is_the_same(servers, path, user):
    """The first one, and the one on a lane that was used: its names, its user and its spans."""
    for _ in range(2):
        (_, own, own_events), (_, stock, stock_events) = (
            asked(servers[name], path, user) for name in ("lanes", "stock")
        )
        assert outline(own) == outline(stock)
        assert spans(own) == spans(stock)
        assert [person(event) for event in own_events] == [person(e) for e in stock_events]
        assert len(own_events) == len(stock_events)


def test_transaction_is_named_by_its_route(watched):
    """With stock Django, too: else two faults would be the same."""
    _, transaction, _ = asked(watched, "/users/7/")
    assert transaction["transaction"] == "/users/{number}/"
    assert ("view.render", "user") in spans(transaction)


def test_events_name_the_user_and_the_tag_of_their_own_request(watched):
    """Also when requests are interleaved, fail, or lose their client."""
    assert interleave(watched, ALL) > 1
    requests = {request.path.partition("?")[0]: request for request in ALL}
    expected = {
        path: Counter(
            [f"{request.number}: {name}" for name in request.parts]
            + [f"Request {request.number} fails"] * request.fails
            + ["transaction"]
        )
        for path, request in requests.items()
    }

    def of_requests(entries):
        found = defaultdict(list)
        for entry in entries:
            path = (
                "/" + entry.get("request", {}).get("url", "").partition("://")[2].partition("/")[2]
            )
            if path in requests:
                found[path].append(entry)
        return found

    def are_complete(entries):
        return len(of_requests(entries)) == len(requests) and all(
            any(entry["kind"] == "transaction" for entry in own)
            for own in of_requests(entries).values()
        )

    found = of_requests(watched.recording.new(are_complete))
    for path, events in found.items():
        assert Counter(map(content, events)) == expected[path]
        for event in events:
            assert event["tags"]["number"] == requests[path].number
            assert person(event) == identity(watched, requests[path].user)


def content(event):
    """Return the message of an event."""
    if event["kind"] == "transaction":
        return "transaction"
    if "exception" in event:
        return event["exception"]["values"][-1]["value"]
    return event["message"]
