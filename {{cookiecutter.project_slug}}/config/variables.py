"""The environment variables of this project, in one list.

Settings and `gunicorn.conf.py` read them through `config.environment`. `.env.example` and
`docs/environment.md` are made from this list by `python -m config.variables`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BASE_DIR: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Variable:
    """One environment variable.

    name: as it stands in the environment.
    default: what holds while the variable is unset or empty; its type is the variable's.
    meaning: one sentence for the person who sets it, with the unit of a number.
    required: production refuses to start without it.
    secret: never shown in a message.
    choices: the only values; where they end in `://`, how a value may begin.
    """

    name: str
    default: str | int | bool | list[str]
    meaning: str
    required: bool = False
    secret: bool = False
    choices: tuple[str, ...] = ()

    @property
    def name_file(self) -> str:
        """The variable that may name a file with the value instead."""
        return f"{self.name}_FILE"

    @property
    def type(self) -> type:
        """`str`, `int`, `bool` or `list`, whose items are separated by commas."""
        return type(self.default)

    @property
    def example(self) -> str:
        """The default as a `.env` file spells it."""
        if isinstance(self.default, bool):
            return str(self.default).lower()
        if isinstance(self.default, list):
            return ",".join(self.default)
        return str(self.default)


_SECURITY = (
    Variable(
        "SECRET_KEY",
        "insecure-and-for-development-only",
        "Signs sessions, password resets and messages: at least 50 random characters.",
        required=True,
        secret=True,
    ),
    Variable(
        "SECRET_KEY_FALLBACKS",
        [],
        "Former keys, accepted for as long as what they signed shall stay valid.",
        secret=True,
    ),
    Variable(
        "ALLOWED_HOSTS",
        [],
        "Host names that the site answers to.",
        required=True,
    ),
    Variable(
        "CSRF_TRUSTED_ORIGINS",
        [],
        "Other origins that may send forms and open WebSockets, such as https://app.example.com.",
    ),
    Variable("ADMIN_URL", "admin/", "Path of the admin, without a leading slash."),
    Variable(
        "SECURE_SSL_REDIRECT", default=True, meaning="Production redirects plain HTTP to HTTPS."
    ),
    Variable(
        "SECURE_HSTS_SECONDS",
        2_592_000,
        "How long browsers insist on HTTPS after a visit, in seconds; 30 days.",
    ),
)

_DATABASE = (
    Variable(
        "DATABASE_URL",
        "sqlite:///db.sqlite3",
        "postgres://USER@HOST:5432/NAME, or sqlite:///FILE relative to the project.",
        required=True,
        secret=True,
        choices=("postgres://", "postgresql://", "sqlite://"),
    ),
    Variable(
        "DATABASE_PASSWORD",
        "",
        "The password for DATABASE_URL, when the URL itself holds none.",
        secret=True,
    ),
    Variable("DATABASE_POOL_MIN_SIZE", 2, "Connections that each worker keeps open."),
    Variable(
        "DATABASE_POOL_MAX_SIZE",
        10,
        "Most connections of one worker; times WEB_CONCURRENCY it must fit max_connections.",
    ),
    Variable(
        "DATABASE_CONNECTIONS",
        0,
        "Connections that the server grants to this site, to be compared by check --deploy; 0 if "
        "that is unknown.",
    ),
    Variable(
        "DATABASE_POOL_TIMEOUT",
        5,
        "How long a request waits for a free connection before it fails, in seconds.",
    ),
    Variable(
        "DATABASE_SESSION_RESET",
        default=True,
        meaning="What a request set in a PostgreSQL session, such as a role, is undone before the next.",
    ),
    Variable(
        "DATABASE_STATEMENT_TIMEOUT",
        30,
        "How long PostgreSQL works on one statement, in seconds; 0 sets no limit, as PgBouncer "
        "needs.",
    ),
)

_LANES = (
    Variable(
        "LANES",
        10,
        "Threads of each worker for synchronous code, no more than DATABASE_POOL_MAX_SIZE; 0 leaves "
        "requests to Django's own handler.",
    ),
    Variable(
        "LANES_QUEUE",
        1000,
        "Requests of each worker that may wait for a lane; more are answered 503.",
    ),
    Variable("LANES_WAIT", 10, "How long a request waits for a lane before a 503, in seconds."),
    Variable(
        "LANES_REUSE",
        default=True,
        meaning="A thread serves one request after another; false starts a new one for each, for "
        "packages that leave a visitor's data in it.",
    ),
)

_CACHE_AND_EMAIL = (
    Variable(
        "CACHE_URL",
        "locmemcache://",
        "redis://HOST:6379/0 for Valkey or Redis; locmemcache:// is private to each worker.",
        required=True,
        secret=True,
        choices=("redis://", "rediss://", "locmemcache://"),
    ),
    Variable(
        "EMAIL_URL",
        "consolemail://",
        "smtp+tls://USER:PASSWORD@HOST:587; consolemail:// prints messages instead.",
        secret=True,
        choices=("smtp://", "smtp+tls://", "smtp+ssl://", "consolemail://"),
    ),
    Variable(
        "DEFAULT_FROM_EMAIL",
        "webmaster@localhost",
        "Sender of the site's messages.",
    ),
)

_LOGS = (
    Variable(
        "LOG_LEVEL",
        "INFO",
        "The least important lines that are written.",
        choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    ),
    Variable(
        "LOG_FORMAT",
        "",
        "json writes one object a line; unset, production does and the rest write text.",
        choices=("json", "text"),
    ),
)

_SERVER = (
    Variable(
        "GUNICORN_BIND",
        "",
        "Where Gunicorn listens, HOST:PORT or unix:PATH; unset, 127.0.0.1:8000 or 0.0.0.0:PORT.",
    ),
    Variable("PORT", 0, "The port that a platform assigns; 0 for none."),
    Variable(
        "WEB_CONCURRENCY",
        0,
        "Number of workers; 0 for one per CPU that the process may use.",
    ),
    Variable("GUNICORN_WORKER_CLASS", "asgi_serving.worker.Worker", "The class of the workers."),
    Variable(
        "GUNICORN_TIMEOUT",
        30,
        "A worker whose event loop is stuck for so long is replaced, in seconds.",
    ),
    Variable(
        "GUNICORN_GRACEFUL_TIMEOUT",
        30,
        "How long a stopping worker may finish its requests, in seconds; shorter than the "
        "container's stop_grace_period.",
    ),
    Variable(
        "GUNICORN_KEEPALIVE",
        75,
        "How long an idle connection stays open, in seconds; longer than the proxy keeps it.",
    ),
    Variable(
        "GUNICORN_MAX_REQUESTS",
        0,
        "Replace a worker after so many requests, give or take a tenth; 0 for never.",
    ),
    Variable(
        "STOP_GRACE_PERIOD",
        0,
        "How long a container may take to stop before it is killed, in seconds, to be compared by "
        "check --deploy; 0 if that is unknown.",
    ),
    Variable(
        "CHECK_AT_START",
        default=True,
        meaning="A worker refuses to start when a system check of the serving stack finds an error.",
    ),
    Variable(
        "FORWARDED_ALLOW_IPS",
        ["127.0.0.1", "::1"],
        "Addresses and networks of the proxies whose X-Forwarded-* headers are believed.",
    ),
)

GROUPS: Final = {
    "Security": _SECURITY,
    "Database": _DATABASE,
    "Lanes": _LANES,
    "Cache and e-mail": _CACHE_AND_EMAIL,
    "Logs": _LOGS,
    "Server": _SERVER,
}
VARIABLES: Final = tuple(variable for group in GROUPS.values() for variable in group)


def dotenv() -> Iterator[str]:
    """Yield the lines of `.env.example`: every variable with its default, commented out."""
    yield "# Copy this file to .env and uncomment what shall differ from the default."
    yield "# A secret may also be read from a file: SECRET_KEY_FILE=/run/secrets/secret_key"
    for group, variables in GROUPS.items():
        yield f"\n# --- {group}"
        for variable in variables:
            required = " Required in production." if variable.required else ""
            yield f"\n# {variable.meaning}{required}"
            yield f"# {variable.name}={variable.example}"


def markdown() -> Iterator[str]:
    """Yield the lines of `docs/environment.md`: a table for each group."""
    yield "# Environment variables"
    yield ""
    yield "An empty variable counts as unset. A list is separated by commas. A secret may also be"
    yield "read from a file: `SECRET_KEY_FILE=/run/secrets/secret_key`. Development reads `.env`."
    for group, variables in GROUPS.items():
        yield f"\n## {group}\n"
        yield "| name | type | default | required | meaning |"
        yield "|---|---|---|---|---|"
        for variable in variables:
            name = f"`{variable.name}`" + (" (secret)" if variable.secret else "")
            default = f"`{variable.example}`" if variable.example else "none"
            required = "in production" if variable.required else ""
            yield (
                f"| {name} | {variable.type.__name__} | {default} | {required} "
                f"| {variable.meaning} |"
            )


def main() -> None:
    """Write both files."""
    for path, lines in ((".env.example", dotenv()), ("docs/environment.md", markdown())):
        (BASE_DIR / path).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
