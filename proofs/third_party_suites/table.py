"""The table of the suites, for a person and for the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from proofs.third_party_suites.comparison import Compared, differences
from proofs.third_party_suites.suites import LEFT_OUT

HEAD = """\
| package | version | tests | requests | fail on Django's handler | fail on the project's | differences |
|---|---|---:|---:|---:|---:|---:|
"""


def table(compared: Iterable[Compared]) -> str:
    """Return the table in Markdown, ending with a line break."""
    return HEAD + "".join(
        f"| {package} | {version} | {len(own.tests):,} | {own.requests:,} | {len(stock.failed)} "
        f"| {len(own.failed)} | {len(differences(stock, own))} |\n"
        for package, version, stock, own in compared
    )


def left_out() -> Iterator[str]:
    """Yield a line for each package whose tests are not run."""
    for package, reason in sorted(LEFT_OUT.items()):
        yield f"- {package}: {reason}."
