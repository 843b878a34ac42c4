"""The table of the suites, for a person and for the documentation."""

from __future__ import annotations

from collections.abc import Iterable

from proofs.third_party_suites.comparison import Compared, differences
from proofs.third_party_suites.suites import LEFT_OUT, SUITES

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


def left_out() -> str:
    """Return a list in Markdown of the packages whose tests are not run, or only in part."""
    parts = {suite.package: suite.part for suite in SUITES if suite.part}
    reasons = sorted((LEFT_OUT | parts).items())
    return "".join(f"- {package}: {reason}.\n" for package, reason in reasons)
