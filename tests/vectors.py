"""A PostgreSQL with pgvector."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rendering import TEMPLATE, run

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
    if run("docker", "image", "inspect", IMAGE, cwd=TEMPLATE).returncode:
        build = ["docker", "build", "--quiet", "--tag", IMAGE, "-"]
        subprocess.run(
            build, check=True, input=DOCKERFILE, encoding="utf-8", stdout=subprocess.DEVNULL
        )
    with postgresql(image=IMAGE) as url:
        yield {"DATABASE_URL": url}
