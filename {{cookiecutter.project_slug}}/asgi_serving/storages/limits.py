"""What holds for all buckets: how long they may take, and what browsers may show."""

import mimetypes
from typing import Any, Final

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


def with_disposition(key: str, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what a file is stored with, and that it is an attachment if no browser may show it.

    key: what the storage calls the Content-Disposition. name: by which the kind of the file is told.
    """
    is_shown = (mimetypes.guess_type(name)[0] or "").startswith(SHOWN)
    return parameters if is_shown else {key: "attachment", **parameters}
