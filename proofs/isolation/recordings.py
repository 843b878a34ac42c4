"""Whether django-silk records the requests that it sees."""

from __future__ import annotations

from typing import Final

import psycopg

from proofs.isolation.clients import ask
from proofs.isolation.outcome import Outcome, Outcomes
from proofs.isolation.servers import Server
from proofs.isolation.trials import count

REQUESTS: Final = 10
PATH: Final = "/silk/look-at-once/"


async def record(server: Server) -> Outcomes:
    """Ask for a page, and count each request that silk's table lacks as an error."""
    outcome = Outcome()
    for _ in range(REQUESTS):
        count(await ask(server.port, PATH, {"trace": "silk"}), outcome)
    with psycopg.connect(server.database) as connection:
        query = "SELECT count(*) FROM silk_request WHERE path = %s"
        found = connection.execute(query, [PATH]).fetchone()
    outcome.errors += REQUESTS - (int(found[0]) if found else 0)
    return {("django-silk", "requests that it records"): outcome}
