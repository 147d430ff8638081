"""Stands before the application: whom it answers, whom it believes, and what no answer lacks."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from ipaddress import ip_address

from quart_app.settings import ApplicationSettings
from quart_app.web.headers import ON_EVERY_ANSWER, TRANSPORT_SECURITY
from quart_app.web.plain import App, Headers, Message, Receive, Scope, Send, say

log = logging.getLogger(__name__)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
POLICY_VIOLATION = 1008


class Edge:
    """The outermost layer, below which a request is what it says it is."""

    def __init__(self, app: App, settings: ApplicationSettings) -> None:
        self._app = app
        self._hosts = tuple(host.lower() for host in settings.trusted_hosts)
        self._proxies = settings.trusted_proxies
        self._headers = _encoded(ON_EVERY_ANSWER)
        self._headers_over_tls = self._headers + _encoded(TRANSPORT_SECURITY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        scope = self._believed(scope)
        answer = _Answer(send, self._headers_for(scope))
        is_socket = scope["type"] == "websocket"
        if not self._is_ours(scope):
            if is_socket:
                return await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return await say(answer, 421, "this server does not answer to that name")
        if not is_socket and scope["method"] not in METHODS:
            return await say(answer, 501, "there is no such method here")
        try:
            await self._app(scope, receive, answer)
        except Exception:
            if answer.started or is_socket:
                raise
            log.exception("request failed")
            await say(answer, 500, "something went wrong here")

    def _believed(self, scope: Scope) -> Scope:
        """The scope without what a client could make up."""
        headers = [(name, value) for name, value in scope["headers"] if _is_plain(name)]
        client = scope.get("client")
        scope = {**scope, "headers": headers}
        if client and self._proxies and self._is_proxy(client[0]):
            scope["client"] = (self._beyond_proxies(client[0], headers), 0)
            if (scheme := _last(headers, b"x-forwarded-proto")) in ("http", "https"):
                is_socket = scope["type"] == "websocket"
                scope["scheme"] = scheme.replace("http", "ws") if is_socket else scheme
        return scope

    def _beyond_proxies(self, peer: str, headers: Headers) -> str:
        """The nearest address that is not a proxy of ours: further ones are only claimed."""
        claimed = b",".join(value for name, value in headers if name == b"x-forwarded-for")
        for part in reversed(claimed.decode("latin-1").split(",")):
            try:
                peer = str(ip_address(part.strip()))
            except ValueError:
                break
            if not self._is_proxy(peer):
                break
        return peer

    def _is_proxy(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False  # a UNIX socket, say
        return any(parsed in network for network in self._proxies)

    def _is_ours(self, scope: Scope) -> bool:
        names = [value for name, value in scope["headers"] if name == b"host"]
        if len(names) > 1:
            return False
        if not self._hosts:
            return True
        host = _without_port(names[0].decode("latin-1").lower()) if names else ""
        return any(
            host == known or (known.startswith(".") and host.endswith(known))
            for known in self._hosts
        )

    def _headers_for(self, scope: Scope) -> Headers:
        return self._headers_over_tls if scope["scheme"] in ("https", "wss") else self._headers


class _Answer:
    """Sends on what the application says, with the headers that it left out."""

    def __init__(self, send: Send, headers: Headers) -> None:
        self._send = send
        self._headers = headers
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            self.started = True
            given = list(message.get("headers", ()))
            names = {bytes(name).lower() for name, _ in given}
            missing = [pair for pair in self._headers if pair[0] not in names]
            message = {**message, "headers": given + missing}
        await self._send(message)


def _encoded(headers: dict[str, str]) -> Headers:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and not name.endswith(":") else host


def _is_plain(name: bytes) -> bool:
    # Some servers in front turn `_` into `-`, and Quart keeps the peer's address in Remote-Addr.
    return b"_" not in name and name.lower() != b"remote-addr"


def _last(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> str:
    values = [value for name, value in headers if name == wanted]
    return values[-1].decode("latin-1").rpartition(",")[2].strip().lower() if values else ""
