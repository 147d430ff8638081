"""Quart's own signed cookie, with what it lost of late: a page that was read is not cacheable."""

from __future__ import annotations

from quart import Quart, request
from quart.sessions import SecureCookieSessionInterface, SessionMixin

from quart_app.sessions.http.cookie import AnyResponse
from quart_app.sessions.http.response import keep_from_caches
from quart_app.sessions.http.static_paths import StaticPaths


class SignedCookieInterface(SecureCookieSessionInterface):
    """For what its user may read, and what the server never needs to end."""

    def __init__(self) -> None:
        self._static_paths = StaticPaths()

    async def save_session(
        self, app: Quart, session: SessionMixin, response: AnyResponse | None
    ) -> None:
        """Put the session into its cookie. Flask tracks in its request context whether a page
        looked at it; Quart's context has no such code, so here every page counts as one that did
        if there is anything to see."""
        await super().save_session(app, session, response)
        if response is not None and not self._static_paths.cover(app, request):
            tells_cookie = "Set-Cookie" in response.headers
            keep_from_caches(response, looked_at=bool(session), tells_cookie=tells_cookie)
