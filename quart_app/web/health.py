"""`/healthz` and `/readyz`, answered before the application: no session, no cookie, no page."""

from __future__ import annotations

import logging

from quart import Quart

from quart_app.errors import RETRY_AFTER_SECONDS, QuartAppError
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.web.plain import App, Receive, Scope, Send, say

log = logging.getLogger(__name__)

OK = 200
UNAVAILABLE = 503


class Health:
    """For whoever starts, watches and replaces the server."""

    def __init__(self, inner: App, app: Quart) -> None:
        self._inner = inner
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            if scope["path"] == "/healthz":
                return await say(send, OK, "alive")
            if scope["path"] == "/readyz":
                return await self._say_if_ready(send)
        await self._inner(scope, receive, send)

    async def _say_if_ready(self, send: Send) -> None:
        interface = self._app.session_interface
        if isinstance(interface, ServerSideSessionInterface):
            try:
                await interface.store.check()
            except QuartAppError:
                # What is wrong is for the log, not for everybody to read.
                log.warning("not ready", exc_info=True)
                retry = [(b"retry-after", str(RETRY_AFTER_SECONDS).encode())]
                return await say(
                    send, UNAVAILABLE, "the session store does not answer", headers=retry
                )
        await say(send, OK, "ready")
