"""How many connections come from one address."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv6Address, IPv6Network


class Guests:
    """Counts only where there is a limit: to remember where each comes from has its price."""

    def __init__(self, most_from_one: int | None) -> None:
        self._most = most_from_one
        self._hosts: dict[int, str] = {}
        self._counts: Counter[str] = Counter()

    def admit(self, descriptor: int, host: str) -> bool:
        """Whether one more may come from there; of this machine's own sockets, always."""
        if self._most is None or not host:
            return True
        host = _household(host)
        if self._counts[host] >= self._most:
            return False
        self._hosts[descriptor] = host
        self._counts[host] += 1
        return True

    def left(self, descriptor: int) -> None:
        """Count the connection no more: it is closed."""
        host = self._hosts.pop(descriptor, None)
        if host is None:
            return
        self._counts[host] -= 1
        if not self._counts[host]:
            del self._counts[host]


def _household(host: str) -> str:
    """A client with one IPv6 address has as many as it likes of the same network."""
    if ":" not in host:
        return host
    address = IPv6Address(host.partition("%")[0])
    # So a socket that listens for both kinds writes the old kind, of which all are in one network.
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))
