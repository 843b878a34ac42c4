"""An OpenID Connect provider, where whoever comes is logged in as the person it is told."""

import base64
import hashlib
import json
import secrets
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt

CLIENT = {"client_id": "the site", "client_secret": "known to both"}


class Provider(ThreadingHTTPServer):
    """https://openid.net/specs/openid-connect-core-1_0.html, the flow with a code."""

    daemon_threads = True

    def __init__(self):
        """Take a free port."""
        super().__init__(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.person = {}
        self.asked = {}
        """What was asked for with each code."""

        self.served_by_http = False
        """Whether browsers are sent back without HTTPS, because no proxy ends it."""


class Answers(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self):
        """Tell where everything is, log in, or tell who that was."""
        url = urlsplit(self.path)
        given = dict(parse_qsl(url.query))
        if url.path == "/.well-known/openid-configuration":
            self.answer(
                {
                    "issuer": self.server.address,
                    "authorization_endpoint": f"{self.server.address}/authorize",
                    "token_endpoint": f"{self.server.address}/token",
                    "userinfo_endpoint": f"{self.server.address}/userinfo",
                    "jwks_uri": f"{self.server.address}/keys",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }
            )
        elif url.path == "/authorize":
            code = secrets.token_urlsafe()
            self.server.asked[code] = given | {"person": self.server.person}
            back = given["redirect_uri"]
            assert back.startswith("https://"), back
            if self.server.served_by_http:
                back = back.replace("https://", "http://")
            self.send_response(302)
            query = urlencode({"code": code, "state": given["state"]})
            self.send_header("Location", f"{back}?{query}")
            self.end_headers()
        else:
            code = self.headers["Authorization"].removeprefix("Bearer ")
            self.answer(self.server.asked[code]["person"])

    def do_POST(self):
        """Give a token for a code."""
        length = int(self.headers["Content-Length"])
        given = dict(parse_qsl(self.rfile.read(length).decode()))
        asked = self.server.asked[given["code"]]
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        assert given | CLIENT == given
        assert challenge == asked["code_challenge"]
        claims = asked["person"] | {
            "iss": self.server.address,
            "aud": CLIENT["client_id"],
            "exp": int(time.time()) + 600,
        }
        # The site has it from here, and need not look at the signature.
        token = jwt.encode(claims, secrets.token_hex(), "HS256")
        self.answer({"access_token": given["code"], "token_type": "Bearer", "id_token": token})

    def answer(self, content):
        """Send JSON."""
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Write nothing."""


@contextmanager
def provider():
    """Serve until the context ends."""
    with Provider() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
