"""Messages go to the API of the provider that EMAIL_URL names."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest
from asgi_serving.environment.mailers import PROVIDERS, mailer_from
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, mailers

ANSWERS = {
    "brevo": {"messageId": "<1@relay>"},
    "mailersend": {},
    "mailgun": {"id": "<1@mailgun>", "message": "Queued. Thank you."},
    "postmark": {"ErrorCode": 0, "Message": "OK", "MessageID": "1", "To": "zoe@example.com"},
    "resend": {"id": "1"},
    "ses": {"MessageId": "1"},
}
"""What each API says to a message that it takes."""


class Api(BaseHTTPRequestHandler):
    """Takes a message and says what its provider would."""

    def do_POST(self):
        """Keep it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, dict(self.headers), unquote(body.decode())))
        provider = self.path.split("/")[1]
        answer = json.dumps(ANSWERS[provider]).encode()
        if provider == "postmark" and body.startswith(b"["):
            answer = b"[" + answer + b"]"
        self.send_response(202 if provider == "mailersend" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Message-Id", "1")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        """Say nothing."""


@contextmanager
def api():
    """Start the API of all providers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        server.taken = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def send(settings, url):
    """Send a message by the mailer of a URL, as a site does."""
    settings.MAILERS = {"default": mailer_from(url)}
    message = EmailMessage("Greeting", "Hello Zoë", "site@example.com", ["zoe@example.com"])
    return mailers.default.send_messages([message])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_message_is_sent_by_the_provider(settings, provider):
    """With its key, which may hold any character."""
    domain = "mg.example.com" if PROVIDERS[provider][1] else ""
    with api() as server:
        address = f"http://127.0.0.1:{server.server_port}/{provider}/"
        assert send(settings, f"{provider}://k%2Fey@{domain}?api_url={address}") == 1
    [(path, headers, body)] = server.taken
    assert "zoe@example.com" in body
    assert domain in path
    if provider == "mailgun":
        assert headers["Authorization"] == "Basic YXBpOmsvZXk="  # api:k/ey
    else:
        assert "k/ey" in str(headers)


def test_provider_that_is_out_of_reach_is_an_error(settings):
    """Nothing is lost without a word."""
    with api() as server:
        port = server.server_port
    with pytest.raises(OSError, match=r"127\.0\.0\.1"):
        send(settings, f"postmark://key@?api_url=http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postmark://", "EMAIL_URL must be like postmark://KEY@"),
        ("mailgun://key@", "EMAIL_URL must be like mailgun://KEY@DOMAIN"),
        ("ses://", "EMAIL_URL must be like ses://KEY:SECRET@REGION, or ses://REGION"),
    ],
)
def test_url_without_a_key_is_one_line(url, message):
    """It says what is missing."""
    with pytest.raises(ImproperlyConfigured) as refusal:
        mailer_from(url)
    assert str(refusal.value) == message


def test_message_is_sent_by_ses(settings):
    """In its region, signed with the key of the URL."""
    with api() as server:
        address = f"http://127.0.0.1:{server.server_port}/ses"
        assert send(settings, f"ses://key:se%2Fcret@eu-central-1?endpoint_url={address}") == 1
    [(_, headers, body)] = server.taken
    assert "zoe@example.com" in body
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=key/")
    assert "/eu-central-1/ses/" in headers["Authorization"]


def test_ses_may_have_no_key():
    """The machine's own role is asked for one then."""
    client = mailer_from("ses://eu-central-1")["OPTIONS"]["client_params"]
    assert client == {"region_name": "eu-central-1"}
