"""The containers of a project: built, started, asked, and taken down again."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import httpx
from rendering import TEMPLATE, run
from uv import find_uv_bin

DEADLINE: Final = 300.0
"""How long a stack may take for what it should do at once, in seconds."""

BUILD_TIMEOUT: Final = 900.0
"""How long a command may take that builds images without a cache, in seconds."""


@dataclass(frozen=True)
class Stack:
    """A project's folder, one of its compose files, and the variables that it is started with."""

    folder: Path
    environment: dict[str, str]

    def compose(self, *arguments: str, check: bool = True) -> str:
        """Return what `docker compose` prints. Raises AssertionError with that when it fails."""
        result = subprocess.run(
            ["docker", "compose", "--ansi", "never", *arguments],
            cwd=self.folder,
            env=os.environ | self.environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=BUILD_TIMEOUT,
        )
        assert (result.returncode == 0) is check, result.stdout
        return result.stdout

    def execute(self, service: str, *command: str) -> str:
        """Return what a command prints in the container of a service."""
        return self.compose("exec", "-T", service, *command)

    def inspect(self, service: str, template: str) -> str:
        """Return what Docker knows of the container of a service, in a Go template."""
        identifier = self.compose("ps", "--all", "--quiet", service).strip()
        return docker("inspect", "--format", template, identifier)

    def log(self, service: str) -> list[str]:
        """Return the lines that a service has written."""
        identifier = self.compose("ps", "--all", "--quiet", service).strip()
        result = run("docker", "logs", identifier, cwd=self.folder)
        return [*result.stdout.splitlines(), *result.stderr.splitlines()]

    @contextlib.contextmanager
    def taken_down(self) -> Iterator[Stack]:
        """Remove everything that the stack made, at the end, and see that nothing is left."""
        config = json.loads(self.compose("config", "--format", "json"))
        try:
            yield self
        finally:
            self.compose(
                "--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "40"
            )
            mine = f"label=com.docker.compose.project={config['name']}"
            for kind in ("container", "volume", "network"):
                everything = ["--all"] if kind == "container" else []
                assert not docker(kind, "ls", *everything, "--quiet", "--filter", mine), kind
            for image in set(docker("image", "ls", "--quiet", "--filter", mine).split()):
                docker("image", "rm", "--force", image)


def docker(*arguments: str) -> str:
    """Return what docker prints. Raises CalledProcessError when it fails."""
    result = run("docker", *arguments, cwd=Path.cwd())
    result.check_returncode()
    return result.stdout.strip()


def have_image(name: str, stand_in: str) -> None:
    """Have an image here: pulled, or one that does as much of it as the tests need.

    stand_in: a Dockerfile without a context.
    """
    ways = (("image", "inspect"), ("pull",))
    if all(run("docker", *way, name, cwd=Path.cwd()).returncode for way in ways):
        built = run("docker", "build", "--tag", name, "-", cwd=Path.cwd(), typed=stand_in)
        assert built.returncode == 0, built.stderr


@contextlib.contextmanager
def image_removed(name: str) -> Iterator[None]:
    """Remove an image at the end."""
    try:
        yield
    finally:
        docker("image", "rm", "--force", name)


def free_port() -> str:
    """Return a port that nothing listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def unique_slug() -> str:
    """Return a name for a project that no other run of these tests has."""
    return f"compose_{uuid.uuid4().hex[:12]}"


def eventually(client: httpx.Client, path: str, status: int = 200) -> httpx.Response:
    """Ask until the answer has that status. Raises AssertionError after the deadline."""
    deadline = time.monotonic() + DEADLINE
    answer: object = None
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            answer = response = client.get(path)
            if response.status_code == status:
                return response
        time.sleep(0.1)
    raise AssertionError(f"{path} did not answer {status} but {answer}")


def stored(stack: Stack, name: str, content: str) -> str:
    """Keep an upload as a view does, and return its address."""
    code = (
        "from django.core.files.base import ContentFile;"
        "from django.core.files.storage import default_storage as storage;"
        f"print(storage.url(storage.save({name!r}, ContentFile({content!r}))))"
    )
    command = ["python", "manage.py", "shell", "--no-imports", "--command", code]
    return stack.compose("run", "--rm", "-T", "web", *command).splitlines()[-1]


def development_stack(folder: Path) -> Stack:
    """Return the development stack of a project, on ports that are free, with an image for mail.

    A machine that cannot pull Mailpit's gets one that does as much of it as the tests need.
    """
    [image] = re.findall(
        r"image: (axllent/mailpit:\S+)", (folder / "compose.yaml").read_text("utf-8")
    )
    if run("docker", "image", "inspect", image, cwd=folder).returncode:
        docker("build", "--quiet", "--tag", image, str(TEMPLATE / "tests" / "mailpit"))
    return Stack(folder, {"WEB_PORT": free_port(), "MAIL_PORT": free_port()})


@dataclass(frozen=True)
class Production(Stack):
    """A production stack; its image is called as its project."""

    @property
    def image(self) -> str:
        """The image that web and migrate run."""
        return f"{self.folder.name}:production"

    def secrets(self) -> dict[str, str]:
        """Return name and value of each secret."""
        return {path.name: path.read_text() for path in (self.folder / "secrets").iterdir()}

    def change_code(self) -> None:
        """Make the next build one of a new version."""
        with (self.folder / "config" / "urls.py").open("a", encoding="utf-8") as urls:
            urls.write(f"# {uuid.uuid4().hex}\n")

    def browser(self) -> httpx.Client:
        """Return a browser of the site that trusts Caddy's own authority and no other."""
        authority = "/data/caddy/pki/authorities/local/root.crt"
        trust = ssl.create_default_context(cadata=self.execute("caddy", "cat", authority))
        return httpx.Client(
            base_url=f"https://localhost:{self.environment['HTTPS_PORT']}",
            verify=trust,
            timeout=DEADLINE,
            trust_env=False,
        )


class Site(Protocol):
    """Something that has visitors."""

    def browser(self) -> httpx.Client:
        """Return a browser of it."""


@contextlib.contextmanager
def visited(site: Site) -> Iterator[Counter[int | str]]:
    """Let visitors ask for the home page as long as the context lasts; give what they got."""
    answers: Counter[int | str] = Counter()
    over = threading.Event()

    def ask(headers: dict[str, str]) -> None:
        with site.browser() as browser:
            while not over.is_set():
                try:
                    answers[browser.get("/", headers=headers).status_code] += 1
                except httpx.HTTPError as error:
                    answers[repr(error)] += 1

    keeps: dict[str, str] = {}
    closes = {"Connection": "close"}
    askers = [threading.Thread(target=ask, args=(headers,)) for headers in (keeps, closes)]
    for asker in askers:
        asker.start()
    try:
        yield answers
    finally:
        over.set()
        for asker in askers:
            asker.join()


MAILBOX: Final = "smtp://mail:2525"
"""Where a `mailbox` is found from web."""

PRINT_MESSAGES: Final = """
class Printed(list):
    def append(self, message):
        print(message.get_body(["plain"]).get_content(), flush=True)
server = Mailbox(2525, "0.0.0.0")
server.messages = Printed()
server.serve_forever()
"""


@contextlib.contextmanager
def mailbox(stack: Production) -> Iterator[Callable[[str], str]]:
    """Start a mail server beside web; give a function that waits for a text in what has arrived.

    It returns the first group of a pattern. Raises AssertionError after the deadline.
    """
    project = json.loads(stack.compose("config", "--format", "json"))["name"]
    place = ["--network", f"{project}_internet", "--network-alias", "mail"]
    code = (TEMPLATE / "proofs" / "browser" / "mailbox.py").read_text("utf-8") + PRINT_MESSAGES
    container = docker("run", "--detach", *place, stack.image, "python", "-c", code)

    def arrived(pattern: str) -> str:
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            if found := re.search(pattern, docker("logs", container)):
                return found[1]
            time.sleep(0.1)
        raise AssertionError(docker("logs", container))

    try:
        yield arrived
    finally:
        docker("rm", "--force", container)


def lock(folder: Path) -> None:
    """Lock the dependencies of a project."""
    locked = run(find_uv_bin(), "lock", "--no-config", "--python", sys.executable, cwd=folder)
    assert locked.returncode == 0, locked.stderr


def make_deployable(folder: Path, email_url: str = "consolemail://") -> None:
    """Lock the dependencies of a project, and make its secrets."""
    lock(folder)
    make_secrets = folder / "deploy" / "make-secrets"
    made = run("sh", make_secrets, cwd=folder.parent, EMAIL_URL=email_url)
    assert made.returncode == 0, made.stderr


@contextlib.contextmanager
def started_production(
    folder: Path, *, email_url: str = "consolemail://", **environment: str
) -> Iterator[Production]:
    """Lock the dependencies of a project, start its production stack, and take it down at the end.

    email_url: where its messages go.
    environment: changes for Compose.
    """
    make_deployable(folder, email_url)
    defaults = {
        "COMPOSE_FILE": "compose.production.yaml",
        "DOMAIN": "localhost",
        "HTTP_PORT": free_port(),
        "HTTPS_PORT": free_port(),
    }
    stack = Production(folder, defaults | environment)
    with stack.taken_down():
        stack.compose("up", "--detach", "--wait", "--build")
        yield stack
