"""The development server."""

from argparse import ArgumentParser
from typing import Any, override

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.variables import BASE_DIR

DEFAULT_ADDRESS = "127.0.0.1:8000"
NOT_WATCHED = (BASE_DIR / ".venv", BASE_DIR / ".nox")


class Command(BaseCommand):
    """Serves the gateway by Uvicorn, as production does, and again after each saved file."""

    help = "Serve the site on this machine, and load it again whenever a file is saved."
    requires_system_checks = ()

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "address",
            nargs="?",
            default=DEFAULT_ADDRESS,
            help=f"PORT or HOST:PORT; {DEFAULT_ADDRESS} unless given",
        )
        parser.add_argument(
            "--noreload",
            action="store_false",
            dest="reload",
            help="do not watch the files",
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        host, port = _split(options["address"])
        module, _, name = settings.ASGI_APPLICATION.rpartition(".")
        uvicorn.run(
            f"{module}:{name}",
            host=host,
            port=port,
            reload=options["reload"],
            reload_dirs=[str(BASE_DIR)],
            # A folder that is not there would be taken for a pattern, which must be relative.
            reload_excludes=[str(path) for path in NOT_WATCHED if path.is_dir()],
            log_config=settings.LOGGING,
            access_log=False,
            lifespan="on",
            server_header=False,
        )


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not port.isdecimal():
        raise CommandError(f"{address!r} is no PORT or HOST:PORT, such as {DEFAULT_ADDRESS}")
    return host.strip("[]") or "127.0.0.1", int(port)
