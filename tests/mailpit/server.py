"""As much of Mailpit as the tests need: takes messages by SMTP, and lists them by HTTP.

Mailpit's own image cannot be had by a machine without a way to its registry.
"""

from __future__ import annotations

import json
import sys
import threading
import urllib.request
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Final

SMTP: Final = ("", 1025)
HTTP: Final = ("", 8025)
messages: Final[list[EmailMessage]] = []


class Conversation(StreamRequestHandler):
    """As much of SMTP as Django needs: https://www.rfc-editor.org/rfc/rfc5321."""

    def handle(self) -> None:
        """Answer each command, and keep what follows DATA."""
        self.wfile.write(b"220 ready\r\n")
        while command := self.rfile.readline():
            word = command[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                text = b"".join(line.removeprefix(b".") for line in lines)
                messages.append(message_from_bytes(text, policy=policy.default))
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 well\r\n")
            if word == b"QUIT":
                return


class Api(BaseHTTPRequestHandler):
    """Mailpit's list of messages: https://mailpit.axllent.org/docs/api-v1/."""

    def do_GET(self) -> None:
        """List all, whatever is asked for."""
        found = [{"Subject": each["Subject"], "To": [{"Address": each["To"]}]} for each in messages]
        body = json.dumps({"total": len(found), "messages": found}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve both, or tell by the exit code whether both are served: `server.py readyz`."""
    if sys.argv[1:] == ["readyz"]:
        urllib.request.urlopen(f"http://127.0.0.1:{HTTP[1]}/readyz").close()  # our own
        return
    ThreadingTCPServer.allow_reuse_address = True
    threading.Thread(target=ThreadingTCPServer(SMTP, Conversation).serve_forever).start()
    ThreadingHTTPServer(HTTP, Api).serve_forever()


if __name__ == "__main__":
    main()
