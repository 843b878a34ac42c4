"""The process that a person starts: it watches the files, and lets another process serve.

It loads nothing of the project, so nothing that is wrong there can stop it. The socket is its own:
a request that comes while no process serves waits until one does.
"""

import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from asgi_serving.development.files import PROJECT, changes
from asgi_serving.development.process import GRACE, ServerProcess


def supervise(listener: socket.socket, write: Callable[[str], object]) -> None:
    """Serve at this socket until Ctrl+C or SIGTERM, and write lines for a person."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        Supervisor(listener, write).run()


class Supervisor:
    """One process that serves, and one in reserve that has loaded all but the project."""

    def __init__(self, listener: socket.socket, write: Callable[[str], object]) -> None:
        """Start the first process that serves at this socket.

        write: is given a line for a person.
        """
        listener.set_inheritable(True)
        self.listener = listener
        self.write = write
        self.serving = ServerProcess(listener)
        self.serving.serve()
        self.reserve: ServerProcess | None = None
        self.stopping: list[ServerProcess] = []
        files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        self.own_files = {Path(file).resolve() for file in files if file}

    def run(self) -> None:
        """Start the serving process again whenever a file changes, until KeyboardInterrupt."""
        try:
            for changed in changes():
                self.stopping = [p for p in self.stopping if p.process.poll() is None]
                if changed:
                    self._load_again(changed)
                else:
                    self._look()
        finally:
            self._end()

    def _load_again(self, changed: set[Path]) -> None:
        names = sorted(path.relative_to(PROJECT).as_posix() for path in changed)
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        self.write(f"{names[0]}{more} changed, loading again.")
        if self.reserve and changed & self.own_files:
            # What this process imported, that one has imported as well.
            self._stop(self.reserve)
            self.reserve = None
        self._serve()

    def _serve(self, failure: str = "") -> None:
        self._stop(self.serving)
        self.serving = self.reserve or ServerProcess(self.listener)
        self.reserve = None
        self.serving.serve(failure)

    def _look(self) -> None:
        code = self.serving.look()
        if code is not None and not self.serving.failure:
            failure = f"The process that served the site ended with exit code {code}."
            self.write(f"{failure} Another one starts when a file is saved.")
            self._serve(f"{failure} What it wrote before is in the terminal.")
        elif self.serving.is_ready and not self.reserve:
            self.reserve = ServerProcess(self.listener)

    def _stop(self, process: ServerProcess) -> None:
        process.stop()
        self.stopping.append(process)

    def _end(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        self.listener.close()
        for process in filter(None, (self.serving, self.reserve)):
            self._stop(process)
        for process in self.stopping:
            process.wait(2 * GRACE)
