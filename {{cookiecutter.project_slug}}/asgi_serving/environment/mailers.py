"""The mailer, from its URL."""

from typing import Any

from environ import Env

TIMEOUT = 10
"""How long an SMTP server may take to answer, in seconds; without one a request hangs with it."""


def mailer_from(url: str) -> dict[str, Any]:
    """Return an entry of `MAILERS` for an `EMAIL_URL`."""
    email = Env.email_url_config(url)
    mailer = {"BACKEND": email["EMAIL_BACKEND"]}
    if url.startswith("smtp"):
        mailer["OPTIONS"] = {
            "host": email["EMAIL_HOST"],
            "port": email["EMAIL_PORT"],
            "username": email["EMAIL_HOST_USER"],
            "password": email["EMAIL_HOST_PASSWORD"],
            "use_tls": email.get("EMAIL_USE_TLS", False),
            "use_ssl": email.get("EMAIL_USE_SSL", False),
            "timeout": TIMEOUT,
        }
    return mailer
