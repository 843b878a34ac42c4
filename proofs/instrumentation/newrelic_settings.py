"""The site with New Relic's agent, started by its command; transactions go to a file."""

from newrelic.core.application import Application
from tests.instrumentation.recording import record
from tests.instrumentation.settings import *  # noqa: F403  # the site
from tests.instrumentation.settings import MIDDLEWARE

MIDDLEWARE = [*MIDDLEWARE, "tests.instrumentation.newrelic_pages.ignore"]


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
        errors=[[error.type, error.message] for error in transaction.errors],
        root=outline(transaction.root),
    )


Application.record_transaction = record_transaction
