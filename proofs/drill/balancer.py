"""A balancer that learns late which pods are ready: Caddy, and the names that it asks for."""

from __future__ import annotations

import asyncio
import ipaddress
import random
import struct
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, override

from stacks import free_port

from proofs.drill.containers import docker
from proofs.drill.pod import Pod

LATE: Final = 5
"""How long the balancer may not know that a pod is not to be sent requests, in seconds."""

A_RECORD: Final = b"\x00\x01"

CADDYFILE: Final = """\
{{
	admin off
	auto_https off
	persist_config off
}}
http://:{port} {{
	bind 127.0.0.1
	reverse_proxy {{
		dynamic a {{
			name web.drill
			port 8000
			refresh 100ms
			resolvers 127.0.0.1:{names}
			versions ipv4
		}}
		header_up X-Forwarded-Proto https
	}}
}}
"""
"""Without a second try: what the first pod does not answer is lost."""


class Endpoints(asyncio.DatagramProtocol):
    """The pods that the balancer knows, told by DNS as https://www.rfc-editor.org/rfc/rfc1035 says."""

    def __init__(self) -> None:
        """Know none."""
        self.pods: set[Pod] = set()
        self._transport: asyncio.DatagramTransport | None = None

    def changed(self, pod: Pod) -> None:
        """Add a pod at once, and take one away some seconds later."""
        if pod.ready_since is not None:
            self.pods.add(pod)
        else:
            delay = random.uniform(0, LATE)  # noqa: S311  # no secret
            asyncio.get_running_loop().call_later(delay, self._remove, pod)

    def _remove(self, pod: Pod) -> None:
        if pod.ready_since is None:
            self.pods.discard(pod)

    @override
    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # of datagrams
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer a question for addresses with all of them."""
        end = data.index(b"\0", 12) + 5
        asked_for = data[end - 4 : end - 2]
        addresses = [pod.address for pod in self.pods] if asked_for == A_RECORD else []
        answer = data[:2] + b"\x81\x80" + struct.pack(">4H", 1, len(addresses), 0, 0) + data[12:end]
        for address in addresses:
            packed = ipaddress.IPv4Address(address).packed
            answer += b"\xc0\x0c" + data[end - 4 : end] + bytes(4) + struct.pack(">H", 4) + packed
        if self._transport:
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def balancer() -> AsyncIterator[tuple[int, Endpoints]]:
    """Start it; give its port, and the endpoints that it follows."""
    transport, endpoints = await asyncio.get_running_loop().create_datagram_endpoint(
        Endpoints, local_addr=("127.0.0.1", 0)
    )
    names, port = transport.get_extra_info("sockname")[1], free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".Caddyfile") as file:
        file.write(CADDYFILE.format(port=port, names=names))
        file.flush()
        mounted = f"--volume={file.name}:/etc/caddy/Caddyfile:ro"
        caddy = await docker("run", "--detach", "--network=host", mounted, "caddy:2")
        try:
            yield int(port), endpoints
        finally:
            await docker("rm", "--force", caddy)
            transport.close()
