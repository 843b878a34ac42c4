"""What docs/operations.md tells to type: a new PostgreSQL, a full disk, and back to a moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest
from guides import FENCE
from rendering import render, run
from stacks import (
    DEADLINE,
    Production,
    docker,
    eventually,
    image_removed,
    started_production,
    unique_slug,
)

pytestmark = [pytest.mark.compose, pytest.mark.night]

FORMER: Final = """\
FROM debian:trixie-slim
# The public images of all versions agree on the number of their user.
COPY --from=postgres:18 /etc/passwd /etc/group /etc/
RUN apt-get update && apt-get install --yes --no-install-recommends gosu postgresql-17 \\
    && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/* /etc/postgresql
COPY --from=postgres:18 /usr/local/bin/docker-entrypoint.sh /usr/local/bin/
ENV LANG=C.UTF-8 PATH=/usr/lib/postgresql/17/bin:$PATH PG_MAJOR=17
ENV PGDATA=/var/lib/postgresql/17/docker
RUN mkdir -p $PGDATA /docker-entrypoint-initdb.d \\
    && chown -R postgres:postgres /var/lib/postgresql /var/run/postgresql \\
    && chmod 1777 /var/lib/postgresql
VOLUME /var/lib/postgresql
ENTRYPOINT ["docker-entrypoint.sh"]
STOPSIGNAL SIGINT
CMD ["postgres"]
"""
"""The version before the one of projects, with its folder where later ones have theirs."""

SMALL: Final = """
volumes:
  postgres:
    driver_opts: {type: tmpfs, device: tmpfs, o: "size=400m,mode=1777"}
"""


READY: Final = (
    "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/readyz').read().decode())"
)


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """Start a production stack on the former PostgreSQL, on a small disk."""
    slug = unique_slug()
    folder = render(tmp_path_factory.mktemp("operations"), project_slug=slug)
    former = f"{slug}:17"
    build = tmp_path_factory.mktemp("former")
    (build / "Dockerfile").write_text(FORMER)
    docker("build", "--quiet", "--tag", former, str(build))
    for name in ("compose.production.yaml", "deploy/backup/Dockerfile"):
        path = folder / name
        path.write_text(path.read_text("utf-8").replace("postgres:18", former), "utf-8")
    (folder / "small.yaml").write_text(SMALL)
    files = "compose.production.yaml:small.yaml"
    with (
        image_removed(former),
        started_production(folder, COMPOSE_FILE=files, COMPOSE_PROFILES="") as stack,
    ):
        # The disk is memory, which is there for as long as somebody has it open.
        volume = f"{slug}_production_postgres:/disk"
        disk = f"{slug}_disk"
        docker("run", "--detach", "--name", disk, "--volume", volume, former, "sleep", "infinity")
        stack.compose("--profile", "backup", "build", "backup")
        stack.compose("run", "--rm", "-T", "backup", "backup-init")
        try:
            yield stack
        finally:
            docker("rm", "--force", disk)


def documented(stack: Production, heading: str, number: int, *changes: tuple[str, str]) -> str:
    """Type a block of a section of the page, with changes for the test; return what is said."""
    page = (stack.folder / "docs" / "operations.md").read_text("utf-8")
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    block = [text for language, text in FENCE.findall(section) if language == "sh"][number]
    for old, new in changes:
        assert old in block
        block = block.replace(old, new)
    done = run("sh", "-euc", block, cwd=stack.folder, **stack.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def sql(stack: Production, query: str, *, fails: bool = False) -> str:
    """Return what PostgreSQL says to the site's role."""
    psql = ["psql", "--username", stack.folder.name, "-Atc", query]
    return stack.compose("exec", "-T", "postgres", *psql, check=not fails).strip()


def fill(stack: Production, *, leaving: int) -> None:
    """Fill the disk of the database but for so many bytes."""
    script = f"""
    free=$(df --output=avail --block-size 1 /var/lib/postgresql | tail -n 1)
    exec fallocate -l $((free - {leaving})) /var/lib/postgresql/reserve
    """
    stack.execute("postgres", "sh", "-c", script)


def test_a_full_disk_loses_no_row(production: Production) -> None:
    """Writing fails and reading goes on; PostgreSQL itself ends, and all is there when there is room."""
    sql(production, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    big = "CREATE TABLE big AS SELECT repeat(md5(n::text), 30) FROM generate_series(1, 500000) AS n"
    fill(production, leaving=30_000_000)
    with production.browser() as browser:
        eventually(browser, "/accounts/login/")
        refused = sql(production, big, fails=True)
        assert "No space left on device" in refused
        assert browser.get("/accounts/login/").status_code == 200
        assert '"database": "ok"' in production.execute("web", "python", "-c", READY)
        log = "\n".join(production.log("postgres"))
        assert "No space left on device" in log

        production.execute("postgres", "rm", "/var/lib/postgresql/reserve")
        fill(production, leaving=0)
        write = "BEGIN; INSERT INTO kept SELECT -n FROM generate_series(1, 300000) AS n; COMMIT"
        sql(production, write, fails=True)
        deadline = time.monotonic() + DEADLINE
        while "PANIC" not in "\n".join(production.log("postgres")):
            assert time.monotonic() < deadline, production.log("postgres")[-20:]
            time.sleep(0.5)
        docker("exec", f"{production.folder.name}_disk", "rm", "/disk/reserve")
        production.compose("up", "--detach", "--wait")
        eventually(browser, "/accounts/login/")
    assert sql(production, "SELECT count(*) FROM kept") == "1000"


def test_postgresql_is_replaced_by_its_next_version(production: Production) -> None:
    """By the commands of the page, and back: the other one's data stays until it is removed."""
    slug = production.folder.name
    sql(production, "CREATE TABLE moved AS SELECT generate_series(1, 1000) AS number")
    assert sql(production, "SHOW server_version").startswith("17.")
    names = ("compose.production.yaml", "deploy/backup/Dockerfile")
    former = {path: path.read_text("utf-8") for path in map(production.folder.joinpath, names)}
    version = (("postgres:18/postgres:19", f"{slug}:17/postgres:18"),)
    with_backups = replace(
        production, environment=production.environment | {"COMPOSE_PROFILES": "backup"}
    )
    documented(with_backups, "A new major version of PostgreSQL", 0, *version)
    assert sql(production, "SHOW server_version").startswith("18")
    assert sql(production, "SELECT count(*) FROM moved") == "1000"
    with production.browser() as browser:
        eventually(browser, "/accounts/login/")
    folders = ["ls", "/var/lib/postgresql"]
    assert production.execute("postgres", *folders).split() == ["17", "18"]

    for path, text in former.items():
        path.write_text(text, "utf-8")
    with_backups.compose("up", "--detach", "--wait")
    assert sql(production, "SHOW server_version").startswith("17.")
    assert sql(production, "SELECT count(*) FROM moved") == "1000"
    documented(production, "A new major version of PostgreSQL", 1)
    assert production.execute("postgres", *folders).split() == ["17"]
