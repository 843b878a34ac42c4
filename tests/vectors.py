"""A PostgreSQL with pgvector."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from stacks import have_image

from proofs.postgresql import postgresql

IMAGE: Final = "pgvector/pgvector:pg18"
DOCKERFILE: Final = """
FROM postgres:18
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-18-pgvector
"""


@contextmanager
def postgresql_with_vectors() -> Iterator[dict[str, str]]:
    """Start the one that docs/recipes/pgvector.md names, and give it as a variable.

    A machine that cannot pull its image gets one with Debian's package of the extension.
    """
    have_image(IMAGE, DOCKERFILE)
    with postgresql(image=IMAGE) as url:
        yield {"DATABASE_URL": url}
