"""The address of the caller when our own proxies are in front of the web process.

Each proxy appends the address of its caller to `X-Forwarded-For`. So the entry `settings.TRUSTED_PROXIES` places from
the end was written by the outermost proxy that is ours; the caller may have forged every entry before it.
"""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: HttpRequest) -> str:
    """The caller's address. Without a proxy, and for a request that bypassed one, the address of the connection."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    distance = settings.TRUSTED_PROXIES
    address = _parsed(forwarded[-distance]) if 0 < distance <= len(forwarded) else None
    return str(address or _parsed(peer) or peer)


def network_of(address: str) -> str:
    """The network of one subscriber: an IPv4 address, or the /64 of an IPv6 one. Other text is returned unchanged."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((parsed, 64), strict=False).network_address)
    return str(parsed or address)


def _parsed(text: str) -> Address | None:
    try:
        parsed = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    # An IPv4 caller of an IPv6 socket: without this all of them would count as one network.
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, ipaddress.IPv6Address) else parsed
