"""1,000 requests of 50 users and nobody, interleaved, some of which fail or whose client leaves."""

import asyncio
from dataclasses import dataclass

import httpx
from tests.instrumentation.servers import HEADERS

from tests.serving.server import DEADLINE

REQUESTS = 1000
CONNECTIONS = 32
LEAVING = 3
"""How many clients that will leave there are at once: they hold lanes until they do."""


@dataclass(frozen=True)
class Request:
    """One of the requests; all that it is follows from its number."""

    number: int

    @property
    def user(self):
        """The username, or None for every 51st, which is nobody's."""
        index = self.number % 51
        return f"user-{index}" if index else None

    @property
    def kind(self):
        """What is asked for: mostly work, on a thread and on the loop by turns."""
        return {0: "leave/", 20: "stream/"}.get(self.number % 40, "async/" * (self.number % 2))

    @property
    def path(self):
        """The address."""
        return f"/work/{self.number}/{self.kind}{'?fail' if self.fails else ''}"

    @property
    def leaves(self):
        """Whether the client leaves before the end."""
        return self.kind in {"leave/", "stream/"}

    @property
    def fails(self):
        """Whether the view raises an error."""
        return not self.leaves and self.number % 7 == 0

    @property
    def parts(self):
        """The names of the parts of its view."""
        return {
            "": ["view"],
            "async/": ["view", "after an await", "on a thread"],
            "leave/": ["view"],
            "stream/": ["stream"],
        }[self.kind]


ALL = [Request(number) for number in range(1, REQUESTS + 1)]


def interleave(watched, requests, headers=lambda _: {}):
    """Send the requests over the connections; each answer must be its own.

    headers: makes what a request carries besides its cookie.
    Returns how many of them were at work at once.
    """
    return asyncio.run(_interleave(watched, iter(requests), headers))


async def _interleave(watched, requests, headers):
    limits = httpx.Limits(max_connections=None)
    options = {"headers": HEADERS, "limits": limits, "timeout": 10 * DEADLINE}
    leaving = asyncio.Semaphore(LEAVING)

    async def send_on_one_connection(client):
        for request in requests:
            named = {**headers(request), **watched.cookie(request.user)}
            if request.leaves:
                async with leaving:
                    await leave(client, request, named)
            else:
                answer = await client.get(request.path, headers=named)
                expected = (500, None) if request.fails else (200, str(request.number))
                assert (answer.status_code, expected[1] and answer.text) == expected, request.path

    async with httpx.AsyncClient(base_url=watched.address, **options) as client:
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(send_on_one_connection(client))
        return int((await client.get("/at-once/")).text)


async def leave(client, request, headers):
    """Leave when the view has begun, or when the first part of a stream is here."""
    if request.kind == "stream/":
        async with client.stream("GET", request.path, headers=headers) as answer:
            assert await anext(answer.aiter_text()) == "begun"
        return
    asking = asyncio.create_task(client.get(request.path, headers=headers))
    await client.get(f"/entered/{request.number}/")
    asking.cancel()
    await asyncio.wait([asking])
    assert asking.cancelled()
