"""A search by meaning, on the PostgreSQL that DATABASE_URL names, by a role as production has one."""

import asyncio
import os
import re
import subprocess
import sys
import time
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from config.variables import BASE_DIR
from tests.recipes.visiting import STRICT, policy_of, visiting

from tests.serving.server import DEADLINE, manage, production_environment

ENTRIES = ("A walk along the sea", "The sea in winter", "How taxes are paid", "Paid work")
MAKE_ENTRIES = f"""
from my_project.blog.models import Entry
for title in {ENTRIES!r}: Entry.objects.create(title=title)
"""


@pytest.fixture(scope="module")
def database():
    """Make a role and its database as `deploy/postgres.sql` does, and give the URL."""
    superuser = os.environ["DATABASE_URL"]
    script = (BASE_DIR / "deploy" / "postgres.sql").read_text()
    extension = re.search(
        r"^\\connect template1\n(CREATE EXTENSION.*;)\nCREATE DATABASE", script, re.MULTILINE
    )
    with psycopg.connect(superuser, dbname="template1", autocommit=True) as connection:
        connection.execute(extension[1])
        connection.execute("CREATE ROLE site LOGIN CREATEDB PASSWORD 'site'")
        connection.execute("CREATE DATABASE site OWNER site")
    return f"postgres://site:site@{urlsplit(superuser).netloc.rpartition('@')[2]}/site"


@pytest.fixture(scope="module")
def variables(database):
    """Let the site have it."""
    return {"DATABASE_URL": database}


@pytest.fixture(scope="module")
def filled(site, database, tmp_path_factory):
    """Write entries, as the admin does."""
    env = production_environment(
        tmp_path_factory.mktemp("shell"),
        DATABASE_URL=database,
        DJANGO_SETTINGS_MODULE="tests.production_settings",
    )
    done = manage("shell", "--verbosity=0", "--command", MAKE_ENTRIES, env=env)
    assert done.returncode == 0, done.stderr
    return site


def found(page):
    """Return the entries of a page."""
    return [part.partition("</li>")[0] for part in page.text.split("<li>") if part[:1].isupper()]


def test_nearest_entries_come_first(filled):
    """And words that are not in a row count as well."""
    with visiting(filled) as visitor:
        page = visitor.get("/blog/", params={"q": "winter by the sea"})
        assert found(page)[:2] == ["The sea in winter", "A walk along the sea"]
        assert policy_of(page) == STRICT


async def test_many_search_at_a_time(filled):
    """More than there are connections; each gets an answer to the own question."""
    headers = {"X-Forwarded-Proto": "https"}
    async with httpx.AsyncClient(base_url=filled, headers=headers, timeout=DEADLINE) as client:
        asked = ENTRIES * 25
        pages = await asyncio.gather(
            *(client.get("/blog/", params={"q": title}) for title in asked)
        )
    assert [found(page)[0] for page in pages] == list(asked)


def test_search_reads_the_index(filled, database):
    """Once there are many rows."""
    fill = """
        WITH made AS (
            INSERT INTO blog_entry (title, created) SELECT '', now() FROM generate_series(1, 3000)
            RETURNING id
        )
        INSERT INTO blog_entryvector
        SELECT id, (SELECT array_agg(random()) FROM generate_series(1, 256) WHERE id > 0)::vector
        FROM made
    """
    counted = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'nearest_entry'"
    with psycopg.connect(database, autocommit=True) as connection, visiting(filled) as visitor:
        connection.execute(fill)
        connection.execute("ANALYZE blog_entryvector")
        before = connection.execute(counted).fetchone()
        give_up = time.monotonic() + DEADLINE
        while connection.execute(counted).fetchone() == before:  # it is told a little later
            assert time.monotonic() < give_up
            visitor.get("/blog/", params={"q": "sea"}).raise_for_status()


def test_a_restore_finds_the_extension(database):
    """The role makes the new database, and a dump begins with this."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
    with psycopg.connect(database, dbname="restored", autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public")


def test_projects_own_tests_pass_there():
    """They do on SQLite, too."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", "my_project"],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
