"""Answer, in a container that reaches nobody else, what scanners ask Debian's tracker and OSV.

Run as `python vulnerabilities.py yes` it knows of a hole in bash and of one in Django; `no`: of none.
"""

from __future__ import annotations

import http.server
import json
import sys
import zlib
from typing import Final

PORT: Final = 8999
DEBIAN: Final = "VERSION 1\nCVE-2026-1,,a hole\n\nbash,0,BHRF,99,\n\nbash,bash\n"
"""How debsecan reads it: holes, packages that have them below a version, their binaries."""

OSV: Final = {"vulns": [{"id": "PYSEC-2026-2", "affected": []}]}


class Answers(http.server.BaseHTTPRequestHandler):
    """What is known, in the forms of both services."""

    def do_GET(self) -> None:  # the library's name
        """Answer as Debian's tracker."""
        self._answer(zlib.compress((DEBIAN if KNOWN else "VERSION 1\n\n\n").encode()))

    def do_POST(self) -> None:
        """Answer as OSV."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found = KNOWN and asked["package"]["name"] == "django"
        self._answer(json.dumps(OSV if found else {}).encode())

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *_arguments: object) -> None:  # noqa: A002
        """Say nothing."""


if __name__ == "__main__":
    KNOWN: Final = sys.argv[1] == "yes"
    http.server.HTTPServer(("127.0.0.1", PORT), Answers).serve_forever()
