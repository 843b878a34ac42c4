"""What would serve this project."""

import json
from argparse import ArgumentParser
from collections.abc import Collection
from typing import Any, override

from django.core.management.base import BaseCommand, CommandError

from asgi_serving.inspection.overview import overview
from asgi_serving.server.gunicorn_config import GunicornConfigError


class Command(BaseCommand):
    """Prints versions, worker, limits, connections, middleware, routes and findings."""

    help = (
        "Show what would serve this project in this environment: versions, the worker class and "
        "where it comes from, time limits, connections, middleware, routes and what the system "
        "checks find. Nothing is started; the databases are asked for their limit."
    )
    requires_system_checks = ()

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sections = overview()
        except GunicornConfigError as error:
            raise CommandError(f"Gunicorn will not start: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(sections, indent=2, default=str))
            return
        found = sections.pop("findings")
        for title, values in sections.items():
            self._write(title, values.items())
        self._write(
            "findings", [(each["id"], f"{each['message']} {each['hint']}") for each in found]
        )

    def _write(self, title: str, rows: Collection[tuple[str, Any]]) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(title.capitalize()))
        width = max((len(name) for name, _ in rows), default=0)
        for name, value in rows or [("none", "")]:
            self.stdout.write(f"  {name:<{width}}  {value}".rstrip())
