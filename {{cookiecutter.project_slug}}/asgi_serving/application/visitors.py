"""Who asks, for what is counted by visitor."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from asgi_serving.types import Scope


def network_of(scope: Scope) -> str | None:
    """Return the address of the client, or the /64 of one of IPv6: a provider gives no less.

    None for an address of a private network. It may be that of a proxy that nobody told us to
    trust, and so that of all visitors.
    """
    client = scope.get("client")
    return _network(client[0]) if client else None


@lru_cache(maxsize=4096)
def _network(host: str) -> str | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if not address.is_global:
        return None
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else str(address)  # noqa: PLR2004  # IPv6
