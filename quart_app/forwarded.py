"""Whom to believe about who asks: proxies of ours say so, and nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from quart_app.scope import Headers
from quart_app.settings.application import UNIX

# Few proxies stand in front, but anybody may knock past them.
_REMEMBERED = 64


class Proxies:
    """Those in front of this server."""

    def __init__(self, trusted: Sequence[IPv4Network | IPv6Network | str]) -> None:
        self._networks = [each for each in trusted if not isinstance(each, str)]
        self._trusts_sockets = UNIX in trusted
        self.include = lru_cache(_REMEMBERED)(self._include)
        """Whether this peer is one of them; an empty one came through a UNIX socket."""

    def client_beyond(self, peer: str, headers: Headers) -> str:
        """The nearest address that is not one of them: further ones are only claimed. Empty if even
        the proxy has none."""
        claimed = b",".join(value for name, value in headers if name == b"x-forwarded-for")
        for part in reversed(claimed.decode("latin-1").split(",")):
            if (address := _address(part.strip())) is None:
                break
            peer = str(address)
            if not self.include(peer):
                break
        return peer

    def _include(self, peer: str) -> bool:
        if not peer:
            return self._trusts_sockets
        address = _address(peer) if self._networks else None
        return address is not None and any(address in network for network in self._networks)


def last_word(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> str:
    """What the nearest proxy says in this header; empty if it says nothing."""
    values = [value for name, value in headers if name == wanted]
    return values[-1].decode("latin-1").rpartition(",")[2].strip() if values else ""


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """`None` if it is none: a UNIX socket's, say."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # As a socket that listens for both kinds writes the old kind.
    return getattr(address, "ipv4_mapped", None) or address
