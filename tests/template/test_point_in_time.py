"""Back to a moment, by the recipe in docs/backups.md."""

from __future__ import annotations

from pathlib import Path

import pytest
from guides import FENCE
from rendering import render, run
from stacks import Stack, unique_slug

pytestmark = [pytest.mark.compose, pytest.mark.night]

MOMENT = "2026-11-30 17:10:00+00"


def test_the_database_goes_back_to_a_moment(tmp_path: Path) -> None:
    """A row that was written after it is gone, and one before it is there."""
    folder = render(tmp_path, project_slug=unique_slug())
    assert run("sh", "deploy/make-secrets", cwd=folder, EMAIL_URL="consolemail://").returncode == 0
    page = (folder / "docs" / "backups.md").read_text("utf-8")
    recipe = page.partition("## To any moment\n")[2].partition("\n## ")[0]
    (_, added), (_, begin), (_, back) = FENCE.findall(recipe)
    (folder / "compose.pitr.yaml").write_text(added)
    assert "`COMPOSE_FILE=compose.production.yaml:compose.pitr.yaml`" in recipe
    stack = Stack(folder, {"COMPOSE_FILE": "compose.production.yaml:compose.pitr.yaml"})

    def sql(query: str) -> str:
        psql = ["psql", "--username", folder.name, "-Atc", query]
        return stack.execute("postgres", *psql).strip()

    with stack.taken_down():
        typed(stack, begin)
        sql("CREATE TABLE kept AS SELECT 'before' AS written")
        moment = sql("SELECT clock_timestamp()")
        sql("INSERT INTO kept VALUES ('after')")
        assert MOMENT in back
        # The database alone, for a shorter test.
        up = "docker compose up --detach --wait"
        typed(stack, back.replace(MOMENT, moment).replace(up, f"{up} postgres"))
        assert sql("SELECT written FROM kept") == "before"
        sql("INSERT INTO kept VALUES ('later')")


def typed(stack: Stack, commands: str) -> None:
    """Run a block of the page in a shell."""
    done = run("sh", "-euc", commands, cwd=stack.folder, **stack.environment)
    assert done.returncode == 0, done.stdout + done.stderr
