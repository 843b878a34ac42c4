"""The mailer, from its URL."""

from typing import Any

from environ import Env

TIMEOUT = 10
"""How long an SMTP server may take to answer, in seconds; without one a request hangs with it."""


def default_mailer(url: str) -> dict[str, Any]:
    """Return the entry of `MAILERS` for `EMAIL_URL`."""
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
