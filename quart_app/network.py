"""Which network an address is of: who has one address of it has as many as they like."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

_IPV6_PREFIX = 64
_ELSEWHERE = "elsewhere"  # a socket of this machine, or what a proxy made up


def network_of(address: str) -> str:
    """Whose guesses count together: one address of IPv4, which a provider's neighbours do not
    share; of IPv6 a /64, which one household has all of."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return _ELSEWHERE
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    # So a socket that listens for both kinds writes the old kind.
    return str(parsed.ipv4_mapped or IPv6Network((parsed, _IPV6_PREFIX), strict=False))
