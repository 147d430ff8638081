"""`/healthz` and `/readyz`, answered before the application: no session, no cookie, no page."""

from __future__ import annotations

import logging

from quart import Quart

from quart_app.errors import RETRY_AFTER_SECONDS, QuartAppError
from quart_app.scope import App, Receive, Scope, Send, is_draining
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.web.plain import say

log = logging.getLogger(__name__)

ALIVE = "/healthz"
READY = "/readyz"
OK = 200
METHOD_NOT_ALLOWED = 405
UNAVAILABLE = 503


class Health:
    """For the programs that start, watch and replace the server."""

    def __init__(self, inner: App, app: Quart) -> None:
        self._inner = inner
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if root := scope.get("root_path"):
            path = path.removeprefix(root)
        if path not in (ALIVE, READY) or scope["type"] != "http":
            return await self._inner(scope, receive, send)
        if scope["method"] not in ("GET", "HEAD"):
            allow = [(b"allow", b"GET, HEAD")]
            return await say(send, METHOD_NOT_ALLOWED, "this can only be read", headers=allow)
        if path == ALIVE:
            return await say(send, OK, "alive")
        if is_draining(scope):
            return await _say_unavailable(send, "the server is stopping")
        await self._say_if_ready(send)

    async def _say_if_ready(self, send: Send) -> None:
        interface = self._app.session_interface
        if isinstance(interface, ServerSideSessionInterface):
            try:
                await interface.verify()
            except QuartAppError as exc:
                # What is wrong is for the log, not for every client to read.
                log.warning("not ready: %s", exc, extra={"reason": str(exc)})
                return await _say_unavailable(send, "the session store does not answer")
        await say(send, OK, "ready")


async def _say_unavailable(send: Send, reason: str) -> None:
    retry = [(b"retry-after", str(RETRY_AFTER_SECONDS).encode())]
    await say(send, UNAVAILABLE, reason, headers=retry)
