"""The development server, in a copy of the project that a test may change."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import httpx
import psutil

from config.variables import BASE_DIR
from tests.serving.server import DEADLINE

BROWSER = {"Accept": "text/html,*/*"}


class Project:
    """A copy of the project, with the pages of `tests.serving.site.live` and a database without tables."""

    def __init__(self, folder: Path) -> None:
        ignored = shutil.ignore_patterns(".*", "*.sqlite3*", "node_modules", "__pycache__")
        self.folder = shutil.copytree(BASE_DIR, folder / "project", ignore=ignored)
        self.templates = next(self.folder.glob("*/templates"))
        (self.templates / "live.html").write_text("first")
        with (self.folder / "config" / "urls.py").open("a", encoding="utf-8") as urls:
            urls.write("\nfrom tests.serving.site import live\n\nurlpatterns += live.urlpatterns\n")
        websocket = self.folder / "config" / "websocket.py"
        websocket.write_text("from tests.serving.site.live import routes\n")

    @contextmanager
    def changed(self, name: str, change: Callable[[str], str]) -> Iterator[None]:
        """Save a file of the project with a change; at the end it is again what it was."""
        path = self.folder / name
        before = path.read_text("utf-8") if path.exists() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(change(before or ""), "utf-8")
        try:
            yield
        finally:
            if before is None:
                path.unlink(missing_ok=True)
            else:
                path.write_text(before, "utf-8")

    def appended(self, name: str, line: str) -> AbstractContextManager[None]:
        """Save a file with one more line."""
        return self.changed(name, lambda source: f"{source}\n{line}\n")

    def manage(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.folder / "manage.py"), *arguments]

    def environment(self, **changes: str) -> dict[str, str]:
        local = {
            "DJANGO_SETTINGS_MODULE": "config.settings.development",
            "DATABASE_URL": f"sqlite:///{self.folder / 'db.sqlite3'}",
            "CACHE_URL": "locmemcache://",
            "PYTHONUNBUFFERED": "1",
        }
        return {**os.environ, **local, **changes}


class Runserver:
    """A running `manage.py runserver`, what it wrote, and a client."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log
        found = self.wait_for(lambda: re.search(r" at (http://\S+)/", self.written()))
        self.client = httpx.Client(base_url=found[1], timeout=DEADLINE, headers=BROWSER)

    def written(self) -> str:
        return self.log.read_text("utf-8")

    def get(self, path: str) -> httpx.Response:
        """Get a page on a connection of its own. A refused one is an error."""
        return self.client.get(path, headers={"Connection": "close"})

    def text(self, path: str = "/text") -> str:
        return self.get(path).text

    def wait_for[T](self, look: Callable[[], T | None]) -> T:
        """Return the first thing found before the deadline."""
        give_up = time.monotonic() + DEADLINE
        while time.monotonic() < give_up:
            if found := look():
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise AssertionError(self.written())

    def wait_for_status(self, status: int, path: str = "/text") -> httpx.Response:
        def look() -> httpx.Response | None:
            answer = self.get(path)
            return answer if answer.status_code == status else None

        return self.wait_for(look)

    def wait_for_text(self, text: str, path: str = "/text") -> httpx.Response:
        def look() -> httpx.Response | None:
            answer = self.get(path)
            return answer if text in answer.text else None

        return self.wait_for(look)

    def wait_for_another_process(self, before: str) -> str:
        """Return the id of the process that answers when it is not the one before any more."""

        def look() -> str | None:
            now = self.text("/process")
            return now if now != before else None

        return self.wait_for(look)

    def wait_for_reserve(self) -> None:
        """Wait until there is a process that serves, and another one in reserve."""
        self.wait_for(lambda: len(psutil.Process(self.process.pid).children()) == 2)

    def has_processes(self) -> bool:
        """Say whether a process of its session runs; one that nobody waits for does not."""
        for process in psutil.process_iter(["status"]):
            with suppress(ProcessLookupError):
                own = os.getsid(process.pid) == self.process.pid
                if own and process.info["status"] != psutil.STATUS_ZOMBIE:
                    return True
        return False


@contextmanager
def runserver(project: Project, *options: str, **environment: str) -> Iterator[Runserver]:
    """Start `manage.py runserver` on a free port, outside of the project's folder."""
    log = project.folder.parent / "runserver.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            project.manage("runserver", *(options or ("0",))),
            cwd=project.folder.parent,
            env=project.environment(**environment),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        server = Runserver(process, log)
        yield server
        server.client.close()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
