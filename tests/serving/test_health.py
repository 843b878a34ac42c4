"""The probes, when something is wrong."""

from typing import Any
from unittest.mock import patch

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.db.migrations.recorder import MigrationRecorder

from asgi_serving.application.probes import CHECKS, readyz
from asgi_serving.handler.lanes import Lanes, check_lanes

LANES = Lanes(2, queue=5, wait=3)


@pytest.fixture(autouse=True)
def lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lanes of these tests."""
    monkeypatch.setitem(CHECKS, "lanes", lambda: check_lanes(LANES))


async def probe() -> tuple[int, bytes]:
    messages: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    await readyz({"type": "http"}, None, send)  # type: ignore[arg-type]  # a probe reads nothing
    return messages[0]["status"], messages[1]["body"]


@pytest.mark.usefixtures("async_db")
async def test_ready_when_everything_is_in_order() -> None:
    status, body = await probe()
    assert (status, body.count(b'"ok"')) == (200, 4)


@pytest.mark.usefixtures("async_db")
@pytest.mark.parametrize(("seconds", "status"), [(2.9, 200), (3.1, 503)])
async def test_not_ready_while_no_lane_becomes_free(seconds: float, status: int) -> None:
    with patch.object(Lanes, "stuck_for", seconds):
        found, body = await probe()
    assert found == status
    assert (b'"lanes": "failed"' in body) is (status != 200)


@pytest.mark.usefixtures("async_db")
async def test_not_ready_while_a_migration_is_missing() -> None:
    migrations = MigrationRecorder.Migration.objects
    await migrations.filter(app="users").adelete()
    try:
        status, body = await probe()
    finally:
        await migrations.acreate(app="users", name="0001_initial")
    assert status == 503
    assert b'"migrations": "failed"' in body


@pytest.mark.usefixtures("async_db")
async def test_not_ready_without_its_cache() -> None:
    with patch.object(LocMemCache, "set", side_effect=ConnectionError):
        status, body = await probe()
    assert status == 503
    assert b'"cache": "failed"' in body
