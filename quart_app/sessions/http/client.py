"""The address a request came from, for applications that bind sessions to it."""

from __future__ import annotations

from ipaddress import ip_address

from quart.wrappers.base import BaseRequestWebsocket

UNKNOWN = "unknown"


def address_of(request: BaseRequestWebsocket, *, behind_proxy: bool) -> str:
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
