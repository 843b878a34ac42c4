"""What a client says about itself is believed of the proxy only."""

from collections.abc import Iterator

import pytest

from tests.serving.server import Server, gunicorn

FORGED = {
    "Host": "testserver",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "444",
    "Forwarded": "for=203.0.113.9;proto=https;host=evil.example",
}


@pytest.fixture(scope="module")
def direct(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server whose proxy is somewhere else: whoever speaks to it here is a stranger."""
    elsewhere = {"FORWARDED_ALLOW_IPS": "192.0.2.1", "SECURE_SSL_REDIRECT": "false"}
    with gunicorn(tmp_path_factory.mktemp("direct"), {**production, **elsewhere}) as running:
        yield running


def test_stranger_can_forge_neither_address_nor_scheme_nor_host(direct: Server) -> None:
    seen = direct.client.get("/pages/seen/", headers=FORGED).json()
    assert seen == {"address": "127.0.0.1", "scheme": "http", "host": "testserver"}


def test_proxy_tells_address_and_scheme_and_no_host(server: Server) -> None:
    if server.worker == "asgi":
        pytest.skip("Gunicorn's own worker knows the proxy's address only")
    seen = server.client.get("/pages/seen/", headers=FORGED).json()
    assert seen == {"address": "203.0.113.9", "scheme": "https", "host": "testserver"}


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver@evil"])
def test_unknown_host_is_refused(direct: Server, host: str) -> None:
    answer = direct.client.get("/pages/seen/", headers={"Host": host})
    assert answer.status_code == 400
    assert host not in answer.text
