"""What holds for all buckets: how long they may take, and what browsers may show."""

import mimetypes
from typing import Final

CONNECT_TIMEOUT: Final = 3
READ_TIMEOUT: Final = 10
ATTEMPTS: Final = 2
"""How long a bucket may take, in seconds, and how often it is asked: a request waits for that on a lane.

The packages of the services would wait for minutes.
"""

SHOWN: Final = (
    "audio/",
    "image/avif",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/",
)
"""The kinds that a browser may show; others are downloaded, for they might be pages with scripts."""


def is_shown(name: str) -> bool:
    """Tell by its name whether a browser may show a file."""
    return (mimetypes.guess_type(name)[0] or "").startswith(SHOWN)
