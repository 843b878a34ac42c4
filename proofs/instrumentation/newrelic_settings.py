"""The site with New Relic's agent, started by its command; transactions go to a file."""

from contextlib import contextmanager

import newrelic.agent
from newrelic.core.application import Application
from tests.instrumentation.recording import record
from tests.instrumentation.settings import *  # noqa: F403  # the site
from tests.instrumentation.settings import MIDDLEWARE

PART = "tests.instrumentation.newrelic_settings.part"
MIDDLEWARE = [*MIDDLEWARE, "tests.instrumentation.newrelic_pages.ignore"]


@contextmanager
def part(name, number, user):
    """Tell the transaction at hand its request and its user."""
    newrelic.agent.add_custom_attribute(name, f"{number} {user.get_username()}")
    yield


def outline(node):
    """Return the names of a node and of those below it."""
    name = getattr(node, "name", None) or type(node).__name__
    return [name, [outline(child) for child in node.children]]


def record_transaction(application, transaction):
    """Write what would be sent at the next harvest."""
    record(
        path=transaction.request_uri,
        name=transaction.path,
        type=transaction.type,
        attributes={each.name: each.value for each in transaction.agent_attributes},
        told={each.name: each.value for each in transaction.user_attributes},
        errors=[[error.type, error.message] for error in transaction.errors],
        root=outline(transaction.root),
    )


Application.record_transaction = record_transaction
