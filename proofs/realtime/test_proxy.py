"""Events and WebSockets through Caddy, as the project's Caddyfile sets it up."""

import asyncio
import json
import re
import socket
import ssl
import subprocess
import uuid

import httpx
import pytest
from config.variables import BASE_DIR
from websockets.asyncio.client import connect

from tests.serving.server import DEADLINE, Server, manage
from tests.serving.visitors import event


def free_port():
    """Return a port that nothing listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def proxy(site: Server, tmp_path_factory):
    """Give the port of a Caddy before the site, and what trusts it."""
    http, https = free_port(), free_port()
    written = (BASE_DIR / "deploy" / "Caddyfile").read_text()
    for before, after in (
        ("http_port 8080", f"http_port {http}"),
        ("https_port 8443", f"https_port {https}\n\tadmin off"),
        ("to web:8000", f"to 127.0.0.1:{site.port}"),
    ):
        assert written.count(before) == 1
        written = written.replace(before, after)
    caddyfile = tmp_path_factory.mktemp("caddy") / "Caddyfile"
    caddyfile.write_text(written)
    name = f"caddy-{uuid.uuid4().hex[:12]}"
    command = ["docker", "run", "--detach", "--name", name, "--network", "host"]
    command += ["--env", "DOMAIN=localhost", "--env", f"HTTPS_PORT={https}"]
    command += ["--volume", f"{caddyfile}:/etc/caddy/Caddyfile:ro", "caddy:2"]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield https, trusting(name)
    finally:
        subprocess.run(["docker", "rm", "--force", "--volumes", name], check=True)


def trusting(container):
    """Return what trusts the authority that Caddy has made for itself, once it is there."""
    root = "/data/caddy/pki/authorities/local/root.crt"
    show = f"until [ -s {root} ]; do sleep 0.1; done; cat {root}"
    command = ["docker", "exec", container, "timeout", str(DEADLINE), "sh", "-c", show]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return ssl.create_default_context(cadata=done.stdout)


async def test_event_is_handed_on_at_once(proxy, cookie, env):
    """Neither compressed nor kept until there are more: nothing follows it here."""
    port, trust = proxy
    headers = {"Cookie": cookie, "Accept-Encoding": "zstd, gzip"}
    async with (
        httpx.AsyncClient(headers=headers, verify=trust, timeout=DEADLINE) as client,
        client.stream("GET", f"https://localhost:{port}/notifications/") as page,
    ):
        assert page.status_code == 200
        assert "content-encoding" not in page.headers
        lines = page.aiter_lines()
        assert re.fullmatch(r"retry: \d{4}", await anext(lines))
        publish = "from asgi_serving.realtime import publish; publish('user-1', 'told')"
        done = await asyncio.to_thread(manage, "shell", "-v", "0", "-c", publish, env=env)
        assert done.returncode == 0, done.stderr
        async with asyncio.timeout(DEADLINE):
            assert (await event(lines))["data"] == "told"


async def test_websocket_passes(proxy, cookie):
    """With the origin that a browser sends."""
    port, trust = proxy
    async with connect(
        f"wss://localhost:{port}/ws/chat/proxied/",
        ssl=trust,
        origin=f"https://localhost:{port}",
        additional_headers={"Cookie": cookie},
        open_timeout=DEADLINE,
    ) as opened:
        await opened.send("hello")
        async with asyncio.timeout(DEADLINE):
            assert json.loads(await opened.recv())["text"] == "hello"
