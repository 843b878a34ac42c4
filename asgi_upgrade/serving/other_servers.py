"""Commands of Uvicorn, Daphne and Hypercorn, as Gunicorn would be told the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asgi_upgrade.model import Edit
from asgi_upgrade.serving.command_words import Command

HOST, PORT, SOCKET = "host", "port", "socket"
ALONE = ""
"""A flag without a value that Gunicorn needs none for; WITH_VALUE: one with a value."""
WITH_VALUE = "value"

UVICORN = {
    "--host": HOST, "--port": PORT, "--uds": SOCKET, "--workers": "--workers",
    "--forwarded-allow-ips": "--forwarded-allow-ips", "--log-level": "--log-level",
    "--timeout-keep-alive": "--keep-alive", "--limit-max-requests": "--max-requests",
    "--timeout-graceful-shutdown": "--graceful-timeout", "--proxy-headers": ALONE,
    "--access-log": ALONE, "--no-access-log": ALONE, "--no-server-header": ALONE,
    "--lifespan": WITH_VALUE, "--loop": WITH_VALUE, "--http": WITH_VALUE, "--ws": WITH_VALUE,
    "--interface": WITH_VALUE,
}  # fmt: skip
DAPHNE = {
    "-b": HOST, "--bind": HOST, "-p": PORT, "--port": PORT, "-u": SOCKET,
    "--unix-socket": SOCKET, "-v": WITH_VALUE, "--verbosity": WITH_VALUE,
    "--access-log": WITH_VALUE, "--proxy-headers": ALONE,
}  # fmt: skip
HYPERCORN = {
    "-b": "--bind", "--bind": "--bind", "-w": "--workers", "--workers": "--workers",
    "--keep-alive": "--keep-alive", "--graceful-timeout": "--graceful-timeout",
    "--max-requests": "--max-requests", "--max-requests-jitter": "--max-requests-jitter",
    "--log-level": "--log-level", "--access-logfile": WITH_VALUE, "--error-logfile": WITH_VALUE,
    "-k": WITH_VALUE, "--worker-class": WITH_VALUE,
}  # fmt: skip
FLAGS: Mapping[str, Mapping[str, str]] = {
    "uvicorn": UVICORN, "daphne": DAPHNE, "hypercorn": HYPERCORN,
}  # fmt: skip
"""By server: what Gunicorn calls a flag. Others are for a person."""

DEFAULT = {HOST: "127.0.0.1", PORT: "8000"}
RELOAD = "--reload"


class UnknownFlagError(Exception):
    """Raised with what a person has to know, and the line to write, when a flag has no counterpart."""

    def __init__(self, what: str, write: str) -> None:
        """Take both."""
        super().__init__(what)
        self.what, self.write = what, write


def as_gunicorn(command: Command, worker: str, why: str) -> list[Edit]:
    """Return the edits that make a command one of Gunicorn's. worker: its flag of the worker class.

    Raises UnknownFlagError.
    """
    flags = FLAGS[command.name.text]
    words = command.words
    if any(word.text == RELOAD for word in words):
        raise UnknownFlagError(
            f"{command.name.text} --reload is for development",
            "python manage.py runserver",
        )
    kept: list[str] = []
    where: dict[str, str] = {}
    index = 0
    while index < len(words):
        text = words[index].text
        flag, equals, value = text.partition("=")
        if not text.startswith("-"):
            kept.append(text)
        elif flag not in flags:
            line = _line(worker, where, kept)
            raise UnknownFlagError(f"{command.name.text} has {flag}, which Gunicorn has not", line)
        elif flags[flag] != ALONE:
            if not equals:
                index += 1
                value = words[index].text if index < len(words) else ""
            if flags[flag] in {HOST, PORT, SOCKET}:
                where[flags[flag]] = value
            elif flags[flag] != WITH_VALUE:
                kept += [flags[flag], value]
        index += 1
    return _edits(command, [worker, *_bind(where), *kept], why)


def _bind(where: Mapping[str, str]) -> list[str]:
    if SOCKET in where:
        return ["--bind", f"unix:{where[SOCKET]}"]
    return ["--bind", "{host}:{port}".format(**{**DEFAULT, **where})] if where else []


def _line(worker: str, where: Mapping[str, str], kept: Sequence[str]) -> str:
    return " ".join(["gunicorn", worker, *_bind(where), *kept])


def _edits(command: Command, words: Sequence[str], why: str) -> list[Edit]:
    """Return the edits that give a command another name and other words."""
    text, name = command.document.text, command.name
    renamed = Edit(name.start, name.end, "gunicorn", why)
    if not command.words:
        return [renamed]
    quote = text[name.end] if command.is_list and text[name.end] in "\"'" else ""
    begin = name.end + len(quote)
    end = command.words[-1].end
    gap = text[begin : command.words[0].start]
    if "\n" in gap and not command.is_list:
        gap = " "
    if not command.is_list:
        gap = " "
    return [renamed, Edit(begin, end, "".join(f"{gap}{quote}{each}{quote}" for each in words), why)]
