"""Chromium, driven by its own protocol: https://chromedevtools.github.io/devtools-protocol/."""

import itertools
import json
import shutil
import subprocess
import time
from contextlib import contextmanager

import httpx
from websockets.sync.client import connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEADLINE = 30
"""How long anything may take, in seconds."""

QUIET = 0.5
"""After how long without a message nothing follows a click any more, in seconds."""

IS_SHOWN = "new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))"
"""What a page has to say comes before the answer to this."""

STAY_OPEN = {"EventSource", "WebSocket"}
"""What a page loads without an end."""


def executable():
    """Return the path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """A tab, and what it has complained about."""

    def __init__(self, websocket):
        """Take the connection to the tab."""
        self.websocket = websocket
        self.numbers = itertools.count(1)
        self.complaints = []
        self.loading = set()
        self.url = ""
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        """Call a method, and return its result."""
        number = next(self.numbers)
        self.websocket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (message := json.loads(self.websocket.recv(DEADLINE))).get("id") != number:
            self.note(message)
        assert "error" not in message, message
        return message["result"]

    def note(self, message):
        """Remember a message if it is a complaint, or tells of what is being loaded."""
        method, details = message.get("method", ""), message.get("params", {})
        if method == "Network.requestWillBeSent" and details.get("type") not in STAY_OPEN:
            self.loading.add(details["requestId"])
        elif method in {"Network.loadingFinished", "Network.loadingFailed"}:
            self.loading.discard(details["requestId"])
        elif method == "Log.entryAdded" and details["entry"]["level"] in {"warning", "error"}:
            entry = details["entry"]
            # That a page has the status that is asked for is no complaint.
            if not (entry["source"] == "network" and entry.get("url") == self.url):
                self.complaints.append(f"{entry['text']} {entry.get('url', '')}")
        elif method == "Runtime.consoleAPICalled" and details["type"] in {"warning", "error"}:
            self.complaints.append(str(details["args"]))
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(details["exceptionDetails"]))
        elif method == "Audits.issueAdded":
            issue = details["issue"]
            if issue["code"] == "ContentSecurityPolicyIssue":
                self.complaints.append(str(issue["details"]))

    def open(self, url):
        """Load a page with all that belongs to it; return its title."""
        self.url = url
        self.call("Page.navigate", url=url)
        give_up = time.monotonic() + DEADLINE
        while time.monotonic() < give_up:
            self.run(IS_SHOWN)
            if not self.loading and self.run("document.readyState") == "complete":
                return self.run("document.title")
        raise AssertionError(f"{self.url} is not complete: it loads {self.loading}")

    def settle(self):
        """Wait until nothing follows a click any more; return the title of where it has led."""
        give_up = time.monotonic() + DEADLINE
        while time.monotonic() < give_up:
            try:
                self.note(json.loads(self.websocket.recv(QUIET)))
            except TimeoutError:
                if self.run("document.readyState") == "complete":
                    return self.run("document.title")
        raise AssertionError(f"{self.url} is not complete")

    def run(self, script):
        """Return the value of an expression in the page, and of a promise what it holds."""
        told = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def click(self, selector):
        """Click on the first element that a selector finds; return the title of where it leads."""
        self.run(f"document.querySelector({selector!r}).click()")
        return self.settle()

    def fill(self, **values):
        """Fill the fields of these names, and send their form; return the next page's title."""
        for name, value in values.items():
            self.run(f"document.querySelector('main [name={name}]').value = {value!r}")
        return self.click(f"main form:has([name={name}]) :is(button:not([type]), [type=submit])")


@contextmanager
def page(folder):
    """Start a Chromium with a profile in the folder, and give a page of it."""
    command = [executable(), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += [f"--user-data-dir={folder}", "--remote-debugging-port=0", "about:blank"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = next(line for line in process.stderr if "DevTools listening" in line)
            host = line.rpartition("ws://")[2].partition("/")[0]
            with connect(f"ws://{host}/devtools/page/{target(host)}", max_size=None) as websocket:
                yield Page(websocket)
        finally:
            process.kill()


def target(host):
    """Return the id of the first tab."""
    tabs = httpx.get(f"http://{host}/json/list", trust_env=False).json()
    return next(tab["id"] for tab in tabs if tab["type"] == "page")
