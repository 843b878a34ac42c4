"""The mailer, from its URL: SMTP, or the API of a provider through django-anymail."""

from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env

TIMEOUT = 10
"""How long a mail server may take to answer, in seconds; without one a request hangs with it."""

PROVIDERS: Final = {
    "brevo": ("api_key", ""),
    "mailersend": ("api_token", ""),
    "mailgun": ("api_key", "sender_domain"),
    "postmark": ("server_token", ""),
    "resend": ("api_key", ""),
}
"""What the user and the host of a provider's URL are to django-anymail. See
https://anymail.dev/en/stable/esps/."""


def mailer_from(url: str) -> dict[str, Any]:
    """Return an entry of `MAILERS` for an `EMAIL_URL`.

    What its query names is an option of the backend.

    Raises ImproperlyConfigured: the URL has no key of the provider.
    """
    scheme = url.partition(":")[0]
    if scheme in PROVIDERS:
        return _by_provider(scheme, url)
    if scheme == "ses":
        return _by_ses(url)
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


def _by_provider(provider: str, url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    key, domain = PROVIDERS[provider]
    if not parts.username or (domain and not parts.hostname):
        raise ImproperlyConfigured(
            f"EMAIL_URL must be like {provider}://KEY@" + ("DOMAIN" if domain else "")
        )
    options = {"timeout": TIMEOUT, key: unquote(parts.username), **dict(parse_qsl(parts.query))}
    if domain:
        options[domain] = parts.hostname
    return {"BACKEND": f"anymail.backends.{provider}.EmailBackend", "OPTIONS": options}


def _by_ses(url: str) -> dict[str, Any]:
    """Return the mailer for Amazon SES; without a key, the machine's own role is asked for one."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ImproperlyConfigured(
            "EMAIL_URL must be like ses://KEY:SECRET@REGION, or ses://REGION"
        )
    client = {"region_name": parts.hostname, **dict(parse_qsl(parts.query))}
    if parts.username:
        client["aws_access_key_id"] = unquote(parts.username)
        client["aws_secret_access_key"] = unquote(parts.password or "")
    return {
        "BACKEND": "anymail.backends.amazon_ses.EmailBackend",
        "OPTIONS": {"client_params": client},
    }
