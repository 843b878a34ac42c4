"""Sends files piece by piece."""

import asyncio
from collections.abc import AsyncIterator, Iterator


async def read_in_pieces(content: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what an iterator reads from a file, each piece when the client has taken those before.

    Django would read the whole file into memory first, for each client at a time.
    """
    while (piece := await asyncio.to_thread(next, content, None)) is not None:
        yield piece
