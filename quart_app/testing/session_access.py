"""Opens and saves a browser's session through the application's own session interface, without a
request and whether or not the application was started."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from quart import Quart
from quart.sessions import SessionMixin
from quart.testing import no_op_push
from quart.wrappers import Request
from werkzeug.datastructures import Headers

from quart_app.errors import QuartAppError
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.testing.asgi import App, decoded


class SessionNotKept(QuartAppError):
    """A session could not be saved, or the browser refused its cookie. The message says why."""


class SessionAccess:
    """One browser's session, outside of any request."""

    def __init__(self, app: Quart, scope: dict[str, Any]) -> None:
        self._app = app
        self._request = _request(app, scope)

    async def open(self) -> SessionMixin:
        """What a handler would find as `session`."""
        interface = self._app.session_interface
        session = await interface.open_session(self._app, self._request)
        return await interface.make_null_session(self._app) if session is None else session

    async def save(self, session: SessionMixin) -> Headers:
        """What is done after a handler; the headers of the answer. Raises `SessionNotKept`."""
        response = self._app.response_class(b"")
        # Its class has another name since 0.23, and what it holds is given to it at the start only.
        kind = type(self._app.request_context(self._request))
        # With the session, or it would be opened once more.
        async with kind(self._app, request=self._request, session=session):
            if not self._app.session_interface.is_null_session(session):
                await self._app.session_interface.save_session(self._app, session, response)
        if response.status_code >= 500:
            raise SessionNotKept(f"saving the session was answered with {response.status}")
        return response.headers


def quart_app_in(app: App) -> Quart:
    """The same application. Raises `TypeError` if it is none of Quart's."""
    if not isinstance(app, Quart):
        raise TypeError(f"the sessions are those of a Quart application, not of {app!r}")
    return app


def clock_of(app: App) -> Callable[[], float]:
    """The clock by which the application's sessions end, so that cookies end by the same. It is
    looked up at each call: the sessions may be set up, or get another store, later."""

    def now() -> float:
        interface = app.session_interface if isinstance(app, Quart) else None
        if isinstance(interface, ServerSideSessionInterface):
            return interface.store.clock()
        return time.time()

    return now


def _request(app: Quart, scope: dict[str, Any]) -> Request:
    headers = decoded(scope["headers"])
    headers["Remote-Addr"] = scope["client"][0]
    return app.request_class(
        scope["method"],
        scope["scheme"],
        scope["path"],
        scope["query_string"],
        headers,
        scope["root_path"],
        scope["http_version"],
        scope=scope,  # type: ignore[arg-type]
        send_push_promise=no_op_push,
    )
