"""The site with Sentry's SDK, set up as its documentation shows, and a transport to a file."""

from contextlib import contextmanager

import sentry_sdk
from django.utils.functional import SimpleLazyObject
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.transport import Transport
from tests.instrumentation.recording import record
from tests.instrumentation.settings import *  # noqa: F403  # the site

PART = "tests.instrumentation.sentry_settings.part"


class ToFile(Transport):
    """Records events and transactions instead of sending them."""

    def capture_envelope(self, envelope):
        """Write each event, with its kind."""
        for item in envelope.items:
            if item.type in {"event", "transaction"}:
                record(kind=item.type, **item.payload.json)


@contextmanager
def part(name, number, user):
    """Tag the request and tell its user; say so when the part ends, also by an error."""
    sentry_sdk.set_tag("number", number)
    # The user of a synchronous view is found by the SDK itself.
    if user.is_authenticated and not isinstance(user, SimpleLazyObject):
        names = {"id": str(user.pk), "email": user.email, "username": user.get_username()}
        sentry_sdk.set_user(names)
    try:
        yield
    finally:
        sentry_sdk.capture_message(f"{number}: {name}")


sentry_sdk.init(
    dsn="http://key@127.0.0.1:1/1",  # without one, nothing is recorded
    transport=ToFile,
    integrations=[DjangoIntegration(middleware_spans=True)],
    send_default_pii=True,
    traces_sample_rate=1,
)
