"""How many connections come from one address."""

from __future__ import annotations

from collections import Counter

from quart_app.network import network_of


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
        host = network_of(host)
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
