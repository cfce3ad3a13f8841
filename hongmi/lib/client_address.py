"""Where a request comes from, when proxies of our own stand before the house.

Each proxy appends to `X-Forwarded-For` who called it. So the entry `settings.TRUSTED_PROXIES` places from the end was
written by the outermost proxy that is ours; what stands before it the caller may have made up.
"""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: HttpRequest) -> str:
    """The address of who asks. Without a proxy, and for a request that came around one, that of the connection."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    noted = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    distance = settings.TRUSTED_PROXIES
    told = _parsed(noted[-distance]) if 0 < distance <= len(noted) else None
    return str(told or _parsed(peer) or peer)


def network_of(address: str) -> str:
    """What one subscriber has: an IPv4 address, or the /64 of an IPv6 one. What is no address stays as it is."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((parsed, 64), strict=False).network_address)
    return str(parsed or address)


def _parsed(text: str) -> Address | None:
    try:
        parsed = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    # An IPv4 caller of an IPv6 socket, because all of these together would else be one network.
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, ipaddress.IPv6Address) else parsed
