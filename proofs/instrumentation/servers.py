"""A server with lanes and one that leaves all to Django, both watched by the same tool."""

import json
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from tests.instrumentation.recording import Recording

from tests.serving.server import DEADLINE, gunicorn

HANDLERS = {"lanes": "10", "stock": "0"}
"""The variable `LANES` of each."""

PAGES = {
    "sync": "/users/7/",
    "async": "/users/7/async/",
    "class": "/classes/7/",
    "class-async": "/classes/7/async/",
    "template": "/template/",
    "fail": "/fail/",
    "fail-async": "/fail/async/",
    "missing": "/missing/",
    "no-page": "/no-such-page/",
}
"""A page of each kind."""

HEADERS = {"Host": "testserver", "X-Forwarded-Proto": "https"}
SESSION = "__Host-sessionid"


class Watched:
    """A server that a tool watches, what the tool recorded, and who is logged in."""

    def __init__(self, server, recording, people):
        """Take people as `log_in_everyone` returns them."""
        self.server = server
        self.recording = recording
        self.people = people
        self.address = f"http://127.0.0.1:{server.port}"

    def get(self, path, user=None, **headers):
        """Ask for a page on a connection of its own, as a user or as nobody."""
        with httpx.Client(base_url=self.address, headers=HEADERS, timeout=DEADLINE) as client:
            return client.get(path, headers={**headers, **self.cookie(user)})

    def cookie(self, user):
        """Return the header by which a user is known."""
        return {"Cookie": f"{SESSION}={self.people[user][1]}"} if user else {}


def launched(launcher, environment):
    """Return the environment that a tool's command makes for the program which it starts."""
    tell = "import json, os; print(json.dumps(dict(os.environ)))"
    program, *arguments = launcher
    command = [Path(sys.executable).with_name(program), *arguments, sys.executable, "-c", tell]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def both(factory, production, people, settings, launcher=(), **changes):
    """Start both servers; yield {"lanes": Watched, "stock": Watched}.

    factory: pytest's, of temporary folders. launcher: the tool's command, as in `ddtrace-run`.
    """
    changes = {
        "DJANGO_SETTINGS_MODULE": f"tests.instrumentation.{settings}",
        "WEB_CONCURRENCY": "1",
        "LANES_WAIT": "600",  # a slow machine is not what is looked for
        "GUNICORN_TIMEOUT": "600",
        **changes,
    }
    with ExitStack() as stack:
        watched = {}
        for name, lanes in HANDLERS.items():
            folder = factory.mktemp(f"{settings}-{name}")
            recording = Recording(folder / "recording")
            env = {**production, **changes, "LANES": lanes, "RECORDING": str(recording.path)}
            if launcher:
                env = launched(launcher, env)
            server = stack.enter_context(gunicorn(folder, env))
            watched[name] = Watched(server, recording, people)
        yield watched
