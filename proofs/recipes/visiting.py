"""A visitor who comes through a proxy that ends HTTPS, and what they look at."""

import re

import httpx

from tests.serving.server import DEADLINE

STRICT = (
    "default-src 'self'; script-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The policy of every page of a new project."""


class Proxy(httpx.HTTPTransport):
    """Ends the HTTPS of one site, and passes all other requests on as they are."""

    def __init__(self, site):
        """Take the address of the site."""
        super().__init__()
        self.port = httpx.URL(site).port

    def handle_request(self, request):
        """Ask the server itself."""
        if request.url.port != self.port:
            return super().handle_request(request)
        inside = httpx.Request(
            request.method,
            request.url.copy_with(scheme="http"),
            headers={**request.headers, "X-Forwarded-Proto": "https"},
            stream=request.stream,
            extensions=request.extensions,
        )
        return super().handle_request(inside)


def visiting(site):
    """Return a client of a site that keeps its cookies."""
    address = site.replace("http://", "https://")
    return httpx.Client(base_url=address, transport=Proxy(site), timeout=DEADLINE)


def send(client, page, path="", **fields):
    """Send the form of a page with its secret, as a browser would."""
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
    fields["csrfmiddlewaretoken"] = token
    return client.post(path or page.url, data=fields, headers={"Referer": str(page.url)})


def policy_of(page):
    """Return the policy of a page, without the nonce that it may have."""
    return re.sub(r" 'nonce-[^']*'", "", page.headers["content-security-policy"])
