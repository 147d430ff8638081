"""The client that a request comes from, as far as a session keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from quart.wrappers.base import BaseRequestWebsocket as AnyRequest

from quart_app.settings import SessionSettings

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A browser, or another program."""

    user_agent: str
    address: str | None
    """Only for applications that bind sessions to it."""

    def may_use(self, began_at: bytes | None) -> bool:
        """Whether a session that began at this address, if any, is this client's to use."""
        if self.address is None:
            return True
        return self.address != UNKNOWN and began_at == self.address.encode()


def client_of(request: AnyRequest, settings: SessionSettings) -> Client:
    """The client of this request."""
    address = None
    if settings.protection:
        address = address_of(request, behind_proxy=settings.reverse_proxy)
    return Client(user_agent=request.headers.get("User-Agent", ""), address=address)


def address_of(request: AnyRequest, *, behind_proxy: bool) -> str:
    """The client's address; `UNKNOWN`, which equals no real one, if it cannot be told."""
    if not behind_proxy:
        return request.remote_addr or UNKNOWN
    # What the client itself wrote comes first; only what our proxy added, the last, is true.
    claimed = request.headers.getlist("X-Forwarded-For")
    last = claimed[-1].rpartition(",")[2].strip() if claimed else ""
    try:
        return str(ip_address(last))
    except ValueError:
        return UNKNOWN
