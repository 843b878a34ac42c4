"""What would serve this project, and what it would take to serve more."""

import json
from argparse import ArgumentParser
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final, override

from django.core.management.base import BaseCommand, CommandError

from asgi_serving.inspection.overview import overview
from asgi_serving.inspection.plan import plan
from asgi_serving.inspection.size import Size, configured
from asgi_serving.server.gunicorn_config import GunicornConfigError

SIZES: Final = {
    "replicas": (1, "containers or machines that serve the site; 1 unless told"),
    "cpus": (1, "CPUs of each replica; those of this machine or container"),
    "workers": (1, "workers of each replica; as Gunicorn is configured here"),
    "lanes": (0, "lanes of each worker; as LANES says here"),
    "pool": (1, "most connections of each worker; as DATABASES says here"),
    "task_workers": (0, "processes that run tasks; 1 if there is a queue, else 0"),
}
"""Options of the plan: the least number, and what it counts, with the default."""


class Command(BaseCommand):
    """Prints versions, worker, limits, connections, middleware, routes and findings; or a plan."""

    help = (
        "Show what would serve this project in this environment: versions, the worker class and "
        "where it comes from, time limits, connections, middleware, routes and what the system "
        "checks find; or, with --plan, what more replicas and workers would take and serve. "
        "Nothing is started; the databases are asked for their limit."
    )
    requires_system_checks = ()

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--plan", action="store_true", help="tell what a size takes and serves")
        size = parser.add_argument_group("the size of a plan")
        for name, (_, meaning) in SIZES.items():
            size.add_argument(_option(name), metavar="NUMBER", help=meaning)

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        given = {name: options[name] for name in SIZES if options[name] is not None}
        if given and not options["plan"]:
            raise CommandError(f"{_option(next(iter(given)))} is for --plan.")
        try:
            sections = plan(_size(given)) if options["plan"] else overview()
        except GunicornConfigError as error:
            raise CommandError(f"Gunicorn will not start: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(sections, indent=2, default=str))
            return
        for title, content in sections.items():
            self._write(title, _rows(content))

    def _write(self, title: str, rows: Collection[tuple[str, Any]]) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(title[:1].upper() + title[1:]))
        width = max((len(name) for name, _ in rows), default=0)
        for name, value in rows or [("none", "")]:
            self.stdout.write(f"  {name:<{width}}  {value}".rstrip())


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _size(given: dict[str, str]) -> Size:
    """Return the size that is configured here, with what was given in its place.

    Raises CommandError: a value is no number, or too small. GunicornConfigError: as `configured`.
    """
    for name, value in given.items():
        least, _ = SIZES[name]
        if not (value.isdecimal() and int(value) >= least):
            raise CommandError(
                f"{_option(name)} must be a whole number, {least} or more, not {value!r}."
            )
    return replace(configured(), **{name: int(value) for name, value in given.items()})


def _rows(content: Any) -> Collection[tuple[str, Any]]:
    """Return the rows of a section: names with values, sentences in their order, or findings."""
    if isinstance(content, dict):
        return content.items()
    if all(isinstance(each, str) for each in content):
        return [(str(number), each) for number, each in enumerate(content, 1)]
    return [(each["id"], f"{each['message']} {each['hint']}") for each in content]
