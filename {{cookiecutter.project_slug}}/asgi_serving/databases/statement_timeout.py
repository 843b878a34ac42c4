"""How long PostgreSQL works on one statement for a process that serves.

A request that waits for a database for minutes has nobody who waits for it. `migrate`, a backup or an
import may take as long as it takes: commands that do not serve have no limit.
"""

from asgi_serving.databases.pools import usable_databases
from asgi_serving.settings import serving_settings


def limit_statements() -> None:
    """Have the connections of this process to PostgreSQL begin with the limit of `ASGI_SERVING`.

    What `OPTIONS["options"]` says besides is kept, and so is a limit that it sets. The connections
    that are open already have none.
    """
    seconds = serving_settings().database_statement_timeout
    if not seconds:
        return
    for database in usable_databases():
        if database.vendor != "postgresql":
            continue
        options = database.settings_dict["OPTIONS"]
        given = options.get("options") or ""
        if "statement_timeout" not in given:
            options["options"] = f"-c statement_timeout={seconds}s {given}".strip()
