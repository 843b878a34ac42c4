"""The development server."""

import os
import sys
from argparse import ArgumentParser
from datetime import datetime
from importlib.metadata import version
from typing import Any, override

import django
from django.core.management.base import (
    BaseCommand,
    CommandError,
    SystemCheckError,
    handle_default_options,
)
from django.db import connections
from django.db.utils import DatabaseError

from asgi_serving.development import address, process


class Command(BaseCommand):
    """Serves the gateway by Uvicorn, as production does, and again after each saved file."""

    help = "Serve the site on this machine, and load it again whenever a file is saved."
    requires_system_checks = ()
    suppressed_base_arguments = {"--verbosity", "--traceback"}

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "addrport",
            nargs="?",
            default=address.DEFAULT_PORT,
            help="PORT or HOST:PORT; 127.0.0.1:8000 unless given",
        )
        parser.add_argument(
            "-6", "--ipv6", action="store_true", help="listen at ::1 unless a host is given"
        )
        parser.add_argument(
            "--noreload",
            action="store_false",
            dest="reload",
            help="do not watch the files",
        )
        parser.add_argument(
            "--skip-checks", action="store_true", help="do not run the system checks"
        )
        for option, why in (
            ("--nothreading", "requests share LANES threads"),
            ("--nostatic", "static files never reach Django"),
            ("--insecure", "static files are served always"),
        ):
            parser.add_argument(option, action="store_true", help=f"has no effect here: {why}")

    @override
    def run_from_argv(self, argv: list[str]) -> None:
        """Run without a look at the settings, which Django's own takes: they may be broken."""
        options = self.create_parser(argv[0], argv[1]).parse_args(argv[2:])
        handle_default_options(options)
        try:
            self.execute(**vars(options))
        except CommandError as error:
            sys.exit(f"manage.py: {error}")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        self.skip_checks: bool = options["skip_checks"]
        if inherited := process.handed_down():
            from asgi_serving.development.server import serve_supervised  # noqa: PLC0415

            serve_supervised(*inherited, self.look_for_problems)
            return
        host, port = address.parse(options["addrport"], ipv6=options["ipv6"])
        listener = address.listen(host, port, ipv6=options["ipv6"])
        self.introduce(address.url(listener))
        if options["reload"]:
            from asgi_serving.development.supervisor import supervise  # noqa: PLC0415

            supervise(listener, self.stdout.write)
        else:
            from asgi_serving.development.server import serve  # noqa: PLC0415  # slow to import

            serve(listener, self.look_for_problems)

    def introduce(self, url: str) -> None:
        """Write what runs where."""
        settings = os.environ["DJANGO_SETTINGS_MODULE"]
        self.stdout.write(
            f"{datetime.now().astimezone():%B %d, %Y - %X}\n"
            f"Django version {django.get_version()}, using settings {settings!r}\n"
            f"Starting Uvicorn {version('uvicorn')} at {url}\n"
            f"Quit the server with {'CTRL-BREAK' if sys.platform == 'win32' else 'CONTROL-C'}.\n"
        )

    def look_for_problems(self) -> None:
        """Run the system checks, and name the migrations that are not applied."""
        try:
            if not self.skip_checks:
                self.check(display_num_errors=True)
            self.check_migrations()
        except SystemCheckError as error:
            self.stderr.write(str(error), lambda text: text)
        except DatabaseError as error:
            reason = " ".join(str(error).split())
            self.stderr.write(
                f"The database cannot be used (see DATABASES, or DATABASE_URL): {reason}"
            )
        finally:
            connections.close_all()
