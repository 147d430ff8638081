"""Stands before the application: whom it answers, whom it believes, and what no answer lacks."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

from quart_app.forwarded import Proxies, last_word
from quart_app.scope import App, Headers, Message, Receive, Scope, Send
from quart_app.settings import ApplicationSettings
from quart_app.settings.application import UNIX
from quart_app.signals import host_refused, proxy_not_trusted
from quart_app.web.headers import ON_EVERY_ANSWER, OVER_HTTPS, encoded
from quart_app.web.plain import say
from quart_app.web.prefix import told_in_one_way

log = logging.getLogger(__name__)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
POLICY_VIOLATION = 1008
KNOWN_HOSTS = 16
TOLD_OF = 64
# Quart logs the path of a request that failed: no client is to write a line of its own there.
_BREAKS_LINES = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# With anything else Quart fails before it can answer.
_HOST = re.compile(
    r"(?P<name>(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|\[[0-9a-f:.]{2,45}\])?(?::[0-9]{0,5})?"
)


Covers = Callable[[str], bool]


class Edge:
    """The outermost layer, below which a request is what it says it is."""

    def __init__(
        self, app: App, settings: ApplicationSettings, *, only: Covers | None = None
    ) -> None:
        """With `only`, requests for other paths are passed on as they are."""
        self._app = app
        self._only = only
        self._hosts = tuple(host.lower() for host in settings.trusted_hosts)
        # Nearly every request is for the same one.
        self._is_own_name = lru_cache(KNOWN_HOSTS)(self._is_one_of_ours)
        self._proxies = Proxies(settings.trusted_proxies)
        # Of each peer once: nearly every request may come through the same one.
        self._tell_of = lru_cache(TOLD_OF)(proxy_not_trusted.send)
        self._headers = encoded(ON_EVERY_ANSWER)
        told = {"strict-transport-security": settings.hsts} if settings.hsts else {}
        self._headers_over_tls = self._headers + encoded({**OVER_HTTPS, **told})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not self._covers(scope):
            return await self._app(scope, receive, send)
        scope = self._believed(scope)
        answer = _Answer(send, self._headers_for(scope))
        is_socket = scope["type"] == "websocket"
        if not self._is_ours(scope):
            host_refused.send(scope)
            if is_socket:
                return await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return await say(answer, 421, "this server does not answer to that name")
        if not _has_readable_target(scope):
            if is_socket:
                return await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return await say(answer, 400, "that is not the address of a page")
        if not is_socket and not _has_one_length(scope):
            close = [(b"connection", b"close")]
            return await say(answer, 400, "say in one way how long this is", headers=close)
        if not is_socket and scope["method"] not in METHODS:
            return await say(answer, 501, "there is no such method here")
        try:
            await self._app(scope, receive, answer)
        except Exception:
            if answer.started or is_socket:
                raise
            log.exception("request failed")
            await say(answer, 500, "something went wrong here")

    def _covers(self, scope: Scope) -> bool:
        """Whether it is for one of our pages, however that is written: what is not, goes to Quart
        as it came."""
        if self._only is None:
            return True
        path, root = scope["path"], scope.get("root_path")
        if not path.startswith("/"):
            try:
                path = urlsplit(path).path
            except ValueError:  # with which Quart fails
                return True
        paths: tuple[str, ...] = (path,)
        if root:
            told = told_in_one_way(root=root, path=path)
            # Quart looks for the root anywhere in the path.
            paths = (told["path"].removeprefix(told["root_path"]), path.partition(root)[2])
        # And it takes several slashes in front for one.
        return any(self._only(f"/{each.lstrip('/')}") for each in paths)

    def _believed(self, scope: Scope) -> Scope:
        """The scope without what a client could make up, and with its path in one form."""
        # Servers in front may turn `_` into `-`, and Quart keeps the peer's address in Remote-Addr.
        headers = list(scope["headers"])
        names = b"\n".join([name for name, _ in headers]).lower()
        if b"_" in names or b"remote-addr" in names:
            headers = [
                (name, value)
                for name, value in headers
                if b"_" not in name and name.lower() != b"remote-addr"
            ]
        client = scope.get("client")
        peer = client[0] if client else ""
        scope = {**scope, "headers": headers}
        if root := scope.get("root_path"):
            scope |= told_in_one_way(root=root, path=scope["path"])
        if self._proxies.include(peer):
            if known := self._proxies.client_beyond(peer, headers):
                scope["client"] = (known, 0)
            if (scheme := last_word(headers, b"x-forwarded-proto").lower()) in ("http", "https"):
                is_socket = scope["type"] == "websocket"
                scope["scheme"] = scheme.replace("http", "ws") if is_socket else scheme
        elif b"x-forwarded-for" in names:
            self._tell_of(peer or UNIX)
        return scope

    def _is_ours(self, scope: Scope) -> bool:
        names = [value for name, value in scope["headers"] if name == b"host"]
        return len(names) <= 1 and self._is_own_name(b"".join(names))

    def _is_one_of_ours(self, name: bytes) -> bool:
        if (said := _HOST.fullmatch(name.decode("latin-1").lower())) is None:
            return False
        host = said["name"] or ""
        return not self._hosts or any(
            host == known or (known.startswith(".") and f".{host}".endswith(known))
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
            names = b"\n".join([name for name, _ in given]).lower().split(b"\n")
            missing = [pair for pair in self._headers if pair[0] not in names]
            message = {**message, "headers": given + missing}
        await self._send(message)


def _has_readable_target(scope: Scope) -> bool:
    try:
        scope["query_string"].decode()
    except UnicodeDecodeError:
        return False
    return scope["path"].startswith("/") and not _BREAKS_LINES.search(scope["path"])


def _has_one_length(scope: Scope) -> bool:
    # With two, a proxy and this server may each believe another one, and what the one takes for a
    # body is a request to the other.
    return not {b"content-length", b"transfer-encoding"}.issubset(dict(scope["headers"]))
