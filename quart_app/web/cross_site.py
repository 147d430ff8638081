"""Keeps pages of other sites from acting on behalf of an application's visitors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from quart import Quart, request, websocket
from quart.wrappers.base import BaseRequestWebsocket as AnyRequest

from quart_app.origin import refuse_cross_site
from quart_app.scope import SAFE_METHODS, current
from quart_app.sessions.http.static_paths import looks_at_no_session

V = TypeVar("V", bound=Callable[..., Any])

_ACCEPTS = "_quart_app_accepts_cross_site"


class CrossSite:
    """Refuses, with 403, what changes something, comes from another site, and carries a session's
    cookie: a bearer's token, a webhook and a payment's return without it are the application's own
    business. A websocket counts as what changes something: it comes with the cookie, and can."""

    def __init__(self, app: Quart, *, cookie_name: str) -> None:
        self._app = app
        self._cookie_name = cookie_name

    def join(self) -> None:
        """Look at each request before the application does."""
        self._app.before_request_funcs[None].insert(0, self._look_at_request)
        self._app.before_websocket_funcs[None].insert(0, self._look_at_websocket)

    @looks_at_no_session
    async def _look_at_request(self) -> None:
        asked = current(request)
        if asked.method not in SAFE_METHODS:
            self._look_at(asked)

    @looks_at_no_session
    async def _look_at_websocket(self) -> None:
        self._look_at(current(websocket))

    def _look_at(self, asked: AnyRequest) -> None:
        if self._cookie_name not in asked.cookies:
            return
        view = self._app.view_functions.get(asked.endpoint or "")
        if not getattr(view, _ACCEPTS, False):
            refuse_cross_site(asked)


def accept(view: V) -> V:
    """Mark a handler whose requests may come from any site."""
    setattr(view, _ACCEPTS, True)
    return view
