"""`/healthz` and `/readyz`, answered before the application: no session, no cookie, no page."""

from __future__ import annotations

import logging
import time

from quart import Quart

from quart_app import __version__
from quart_app.errors import RETRY_AFTER_SECONDS, QuartAppError
from quart_app.scope import App, Receive, Scope, Send, is_draining
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.web.plain import say, say_json

log = logging.getLogger(__name__)

ALIVE = "/healthz"
READY = "/readyz"
IS_READY = "ready"
OK = 200
METHOD_NOT_ALLOWED = 405
UNAVAILABLE = 503


class Health:
    """For the programs that start, watch and replace the server."""

    def __init__(self, inner: App, app: Quart) -> None:
        self._inner = inner
        self._app = app
        self._version = __version__
        self._began = time.monotonic()

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
        told = "the server is stopping" if is_draining(scope) else await self._told()
        status, headers = OK, [(b"vary", b"accept")]
        if told != IS_READY:
            status = UNAVAILABLE
            headers.append((b"retry-after", str(RETRY_AFTER_SECONDS).encode()))
        if _wants_json(scope):
            return await say_json(send, status, self._facts(told), headers=headers)
        await say(send, status, told, headers=headers)

    async def _told(self) -> str:
        interface = self._app.session_interface
        if isinstance(interface, ServerSideSessionInterface):
            try:
                await interface.verify()
            except QuartAppError as exc:
                # What is wrong is for the log, not for every client to read.
                log.warning("not ready: %s", exc, extra={"reason": str(exc)})
                return "the session store does not answer"
        return IS_READY

    def _facts(self, told: str) -> dict[str, object]:
        interface = self._app.session_interface
        return {
            "status": told,
            "store": type(getattr(interface, "store", interface)).__name__,
            "version": self._version,
            "age_seconds": round(time.monotonic() - self._began, 1),
        }


def _wants_json(scope: Scope) -> bool:
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return b"application/json" in accepted.lower()
