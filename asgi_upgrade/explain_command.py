"""`asgi-upgrade explain`: what to do about a line of a report, without the network."""

from __future__ import annotations

import argparse

from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.topics import advice, nearest, topics

DESCRIPTION = "Tell what to do about something that a report names; without a topic, list them."


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "explain", help="tell what to do about a line of a report", description=DESCRIPTION
    )
    command.add_argument("topic", nargs="?", help="as the report names it, such as base-images")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the text of a topic, or the list. Raises CannotWorkError: there is no such topic."""
    if options.topic is None:
        titles = topics()
        width = max(map(len, titles))
        for name, title in titles.items():
            print(f"{name:{width}}  {title}")
        return 0
    try:
        print(advice(options.topic), end="")
    except KeyError:
        near = nearest(options.topic)
        meant = f"did you mean {near}?" if near else "asgi-upgrade explain lists them"
        raise CannotWorkError(f"there is no topic {options.topic}: {meant}") from None
    return 0
