"""Who asks, for what is counted by visitor."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

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
        address = network_address(host)
    except ValueError:
        return None
    if not address.is_global:
        return None
    return f"{address}/64" if isinstance(address, IPv6Address) else str(address)


def network_address(host: str) -> IPv4Address | IPv6Address:
    """Return an IPv4 address as it is, also one written as IPv6, and the first of a /64 of IPv6.

    Raises ValueError: it is no address.
    """
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Network((address, 64), strict=False).network_address
    return address
