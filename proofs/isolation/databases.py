"""A database for each server, all copies of one that was filled once."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from proofs.isolation.servers import site_environment


class Databases:
    """Databases of this run on a PostgreSQL."""

    def __init__(self, url: str) -> None:
        """Take a server on which databases may be made."""
        self.url = url
        self.made: list[str] = []

    def make(self, name: str, template: str = "template1") -> str:
        """Make a database, and return its URL."""
        own = f"isolation_{os.getpid()}_{name}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(own), sql.Identifier(template)
                )
            )
        self.made.append(own)
        return urlsplit(self.url)._replace(path=f"/{own}").geturl()

    def copy(self, name: str) -> str:
        """Make a database like the first one, and return its URL."""
        return self.make(name, self.made[0])

    def drop(self) -> None:
        """Remove all."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for name in reversed(self.made):
                connection.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                )


@contextmanager
def databases(url: str) -> Iterator[Databases]:
    """Give databases which are gone at the end."""
    made = Databases(url)
    try:
        yield made
    finally:
        made.drop()


def fill(database: str, project: Path, python: Path, users: int) -> dict[str, str]:
    """Make the tables and the users, and return the cookies of these by their names."""
    folder = project / "run" / "first"
    folder.mkdir(parents=True)
    done = subprocess.run(
        [python, "-m", "isolation_site.people", str(users)],
        cwd=project,
        env=site_environment(folder, database),
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    cookies: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return cookies
