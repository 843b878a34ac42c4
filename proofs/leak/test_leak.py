"""After thousands of requests a worker holds no more than after the first ones."""

import asyncio
import os
import statistics
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
import pytest

from tests.serving.server import gunicorn, manage, production_environment

BATCH, WARM_UP, BATCHES = 1000, 3, 10
AT_A_TIME = 32
POOL = 10
LIMITS = {
    "LANES": str(POOL),
    "DATABASE_POOL_MAX_SIZE": str(POOL),
    "GUNICORN_MAX_REQUESTS": "0",
}
PAGES = (
    "/pages/thread/", "/pages/thread/async/", "/pages/plain/", "/pages/plain/async/",
    "/pages/stream/", "/pages/body/100000/", "/pages/fail/", "/pages/no-such-page/", "/",
)  # fmt: skip
LEFT_EARLY = b"GET /pages/patient/ HTTP/1.1\r\nHost: testserver\r\nX-Forwarded-Proto: https\r\n\r\n"

MEMORY = 2_000_000
"""How many bytes of growth are noise: 285 for each request that is measured."""


class Held(NamedTuple):
    """What a worker has when no request is under way; its connections are no files here."""

    threads: int
    files: int
    connections: int
    memory: int


def held(worker, database):
    """Look at a worker, and ask the database who is connected."""
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{worker}/status").read_text().splitlines()
    )
    with psycopg.connect(database) as connection:
        others = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()[0]
    return Held(
        int(status["Threads"]),
        len(list(Path(f"/proc/{worker}/fd").iterdir())) - others,
        others,
        1024 * int(status["VmRSS"].split()[0]),
    )


async def load(port):
    """Send a batch of requests, of which each twentieth leaves before it is answered."""
    headers = {"Host": "testserver", "X-Forwarded-Proto": "https"}
    turn = asyncio.Semaphore(AT_A_TIME)

    async def request(client, number):
        async with turn:
            if number % 20:
                page = PAGES[number % len(PAGES)]
                answer = await client.get(page)
                assert answer.status_code == {"fail": 500, "no-such-page": 404}.get(
                    page.strip("/").rpartition("/")[2], 200
                )
            else:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(LEFT_EARLY)
                await writer.drain()
                writer.close()
                await writer.wait_closed()

    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        await asyncio.gather(*(request(client, number) for number in range(BATCH)))


def test_nothing_grows(tmp_path):
    """Threads, files, connections and memory are those of the end of the warm-up."""
    database = os.environ["DATABASE_URL"]
    env = production_environment(tmp_path, DATABASE_URL=database, WEB_CONCURRENCY="1")
    for command in ("migrate", "collectstatic"):
        done = manage(command, "--no-input", env=env)
        assert done.returncode == 0, done.stderr
    samples = []
    with gunicorn(tmp_path, {**env, **LIMITS}) as server:
        master = server.process.pid
        worker = Path(f"/proc/{master}/task/{master}/children").read_text().split()[0]
        for _ in range(WARM_UP + BATCHES):
            asyncio.run(load(server.port))
            samples.append(held(worker, database))
            print(samples[-1])
        assert Path(f"/proc/{worker}").exists(), "the worker was replaced"
    before, after = samples[WARM_UP - 1 :][:4], samples[-4:]
    growth = Held(
        *(
            statistics.median(column_after) - statistics.median(column_before)
            for column_before, column_after in zip(
                zip(*before, strict=True), zip(*after, strict=True), strict=True
            )
        )
    )
    assert growth[:2] == pytest.approx((0, 0), abs=1), samples
    # The pool grows to its size when it is needed, early or late.
    assert max(sample.connections for sample in samples) <= POOL, samples
    assert growth.memory < MEMORY, samples
