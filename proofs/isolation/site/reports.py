"""Sentry's reports, which go to a file instead of a server."""

import json
import os
from pathlib import Path

import sentry_sdk
from sentry_sdk.transport import Transport

FILE = Path(os.environ["GATES"], "reports.jsonl")


class ToFile(Transport):
    """Keeps of each event which request it is about, and whose it says that it was."""

    def capture_envelope(self, envelope):
        """Write the events of an envelope."""
        for item in envelope.items:
            event = item.get_event()
            if event and event.get("exception"):
                query = event.get("request", {}).get("query_string", "")
                user = event.get("user", {}).get("username")
                with FILE.open("a") as file:
                    file.write(json.dumps({"query": query, "user": user}) + "\n")


def start():
    """Do what Sentry's documentation of Django says."""
    dsn = "http://key@127.0.0.1:9/1"
    sentry_sdk.init(dsn=dsn, send_default_pii=True, traces_sample_rate=1.0, transport=ToFile)
