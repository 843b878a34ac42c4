"""Requests at a steady rate, whether or not the earlier ones were answered."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Mapping

import aiohttp

from benchmarks.wrk import PeerError


def p99(url: str, headers: Mapping[str, str], *, rate: float, seconds: float) -> float:
    """Return the 99th percentile of the time to an answer, in milliseconds.

    It counts from the moment at which a request was due, so that a server that stops for a moment
    is charged for all who would have come meanwhile.
    rate: requests a second.
    Raises PeerError: an answer was no 200, or did not come.
    """
    try:
        times = asyncio.run(_times(url, headers, rate, round(rate * seconds)))
    except aiohttp.ClientError as error:
        raise PeerError(str(error)) from error
    return 1000 * statistics.quantiles(times, n=100)[98]


def in_a_row(url: str, headers: Mapping[str, str], *, number: int) -> list[float]:
    """Return the times of requests that follow each other on one connection, in milliseconds.

    Raises PeerError as above.
    """

    async def ask() -> list[float]:
        times = []
        async with aiohttp.ClientSession(headers=headers, raise_for_status=True) as client:
            for _ in range(number):
                began = time.perf_counter()
                async with client.get(url) as response:
                    await response.read()
                times.append(1000 * (time.perf_counter() - began))
        return times

    try:
        return asyncio.run(ask())
    except aiohttp.ClientError as error:
        raise PeerError(str(error)) from error


async def _times(url: str, headers: Mapping[str, str], rate: float, number: int) -> list[float]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        connector=connector, headers=headers, raise_for_status=True
    ) as client:
        began = time.perf_counter()

        async def request(due: float) -> float:
            await asyncio.sleep(due - time.perf_counter())
            async with client.get(url) as response:
                await response.read()
            return time.perf_counter() - due

        return await asyncio.gather(*(request(began + i / rate) for i in range(number)))
