"""A mail server that keeps what it is given."""

import re
import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy


class Conversation(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs: https://www.rfc-editor.org/rfc/rfc5321."""

    def handle(self):
        """Answer each command, and keep what follows DATA."""
        self.wfile.write(b"220 ready\r\n")
        while command := self.rfile.readline():
            word = command[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                text = b"".join(line.removeprefix(b".") for line in lines)
                self.server.messages.append(message_from_bytes(text, policy=policy.default))
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 well\r\n")
            if word == b"QUIT":
                return


class Mailbox(socketserver.ThreadingTCPServer):
    """Listens on a port of its own."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port=0, host="127.0.0.1"):
        """Take a port, or the one that it had before."""
        super().__init__((host, port), Conversation)
        self.messages = []

    def link(self):
        """Return the link in the last message: in its text, and the same one in its HTML."""
        message = self.messages[-1]
        text, page = (message.get_body([kind]).get_content() for kind in ("plain", "html"))
        [link] = re.findall(r"https://\S+/accounts/\S+", text)
        assert f'href="{link}"' in page
        return link.replace("https://", "http://")


@contextmanager
def mailbox(port=0):
    """Listen until the context ends."""
    with Mailbox(port) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
