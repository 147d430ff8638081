"""A browser that visits an ASGI application in this process: no socket, no server, no start-up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, Unpack, get_args
from urllib.parse import urljoin

from quart import Quart
from quart.sessions import SessionMixin
from werkzeug.datastructures import Headers

from quart_app.testing.asgi import App, scope_for
from quart_app.testing.cookie_jar import CookieJar, Refused
from quart_app.testing.encoding import NOTHING, Body, Fields, Files, body_of, form_body, with_query
from quart_app.testing.event_stream import ASKED_WITH, EventStream
from quart_app.testing.lifespan import Lifespan
from quart_app.testing.options import RequestOptions
from quart_app.testing.outgoing import (
    Mode,
    ModeOrWebsocket,
    Outgoing,
    Site,
    require_choice,
)
from quart_app.testing.response import Response
from quart_app.testing.session_access import (
    SessionAccess,
    SessionNotKept,
    clock_of,
    quart_app_in,
)
from quart_app.testing.signing_in import sign_in
from quart_app.testing.traffic import Traffic
from quart_app.testing.websocket import WebSocket

TIMEOUT_SECONDS = 5.0
_OF_PAGES = ("GET", "HEAD", "POST")


class Client:
    """One browser with its own cookies. Several side by side are several people.

    Within `async with` the application is started first and stopped last; without, it is not.
    Cookies end by `clock`, and without one by that of the application's sessions at the time.

    With `raises` an exception that a Quart application's handler raised, and that only became its
    500 page, is raised in the test too, after the application has answered as ever. Not seen are
    those of websockets and of background tasks, those that an error handler of their own took,
    `abort(500)`, and a store's outages, which the sessions answer with 503.
    """

    def __init__(
        self,
        app: App,
        *,
        base_url: str | None = None,
        clock: Callable[[], float] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT_SECONDS,
        raises: bool = False,
        is_browser: bool = True,
        localhost_is_secure: bool = False,
    ) -> None:
        server_name = app.config["SERVER_NAME"] if isinstance(app, Quart) else None
        self.app = app
        self.base_url = base_url or f"https://{server_name or 'example.test'}"
        self._traffic = Traffic(
            app,
            cookies=CookieJar(clock=clock or clock_of(app)),
            headers={"User-Agent": "quart-app-testing", **(headers or {})},
            is_browser=is_browser,
        )
        self._timeout = timeout
        self._raises = raises
        self._localhost_is_secure = localhost_is_secure
        self._lifespan: Lifespan | None = None

    @property
    def cookies(self) -> CookieJar:
        """What this browser keeps."""
        return self._traffic.cookies

    @property
    def refused(self) -> list[Refused]:
        """The `Set-Cookie` lines that a browser would not keep, each with the reason."""
        return self._traffic.refused

    async def __aenter__(self) -> Self:
        lifespan = Lifespan(self.app, timeout=self._timeout)
        await lifespan.start()
        self._lifespan = lifespan
        self._traffic.state = lifespan.state
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._lifespan is not None:
            lifespan, self._lifespan = self._lifespan, None
            self._traffic.state = None
            await lifespan.stop()

    async def request(
        self,
        method: str,
        url: str,
        *,
        query: Fields | None = None,
        form: Fields | None = None,
        files: Files | None = None,
        json: Any = NOTHING,
        data: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        site: Site = "same-origin",
        mode: Mode | None = None,
        referer: str | None = None,
        raises: bool | None = None,
        follow_redirects: bool = False,
        timeout: float | None = None,
    ) -> Response:
        """The answer to a request. `site` says which page asks, `mode` what for: by default a link
        or a form of our own page, or its script where neither could send such a request. `referer`
        is that page's address, of which the browser tells as much as it would: by default the page
        opened last, or the site's first. `""` tells nothing. Raises `TypeError` for a body that is
        none or more than one, `ValueError` for a `site`, `mode` or `referer` that cannot be."""
        body = body_of(form=form, files=files, json=json, data=data)
        is_of_page = method in _OF_PAGES and (body is None or body.is_form)
        mode = ("navigate" if is_of_page else "cors") if mode is None else mode
        require_choice("mode", mode, get_args(Mode))
        outgoing = self._outgoing(method, with_query(url, query), site, mode, referer)
        if body is None:
            # A button is a form too.
            body = form_body(()) if (method, mode) == ("POST", "navigate") else Body()
        return await self._traffic.visit(
            outgoing,
            body,
            headers or {},
            timeout=self._patience(timeout),
            raises=self._raises if raises is None else raises,
            follow_redirects=follow_redirects,
        )

    async def get(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """Open a page. With `site="none"` its address was typed."""
        return await self.request("GET", url, **options)

    async def post(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """Send a form, or what a script sends."""
        return await self.request("POST", url, **options)

    async def put(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """A script's request."""
        return await self.request("PUT", url, **options)

    async def patch(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """A script's request."""
        return await self.request("PATCH", url, **options)

    async def delete(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """A script's request."""
        return await self.request("DELETE", url, **options)

    async def head(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """What `get` would be answered, but the headers only."""
        return await self.request("HEAD", url, **options)

    async def fetch(
        self, url: str, *, method: str = "GET", **options: Unpack[RequestOptions]
    ) -> Response:
        """What a script asks for."""
        options.setdefault("mode", "cors")
        return await self.request(method, url, **options)

    def websocket(
        self,
        url: str,
        *,
        subprotocols: Iterable[str] = (),
        query: Fields | None = None,
        headers: Mapping[str, str] | None = None,
        site: Site = "same-origin",
        timeout: float | None = None,
    ) -> WebSocket:
        """A websocket, open within `async with`. Raises `WebsocketRefused` there."""
        at = urljoin(self.base_url, with_query(url, query))
        at = f"ws{at.removeprefix('http')}" if at.startswith("http") else at
        outgoing = self._outgoing("GET", at, site, "websocket")
        call = self._traffic.call(
            outgoing, headers or {}, timeout=self._patience(timeout), subprotocols=subprotocols
        )
        return WebSocket(call)

    def stream(
        self,
        url: str,
        *,
        query: Fields | None = None,
        headers: Mapping[str, str] | None = None,
        site: Site = "same-origin",
        timeout: float | None = None,
    ) -> EventStream:
        """An event stream, open within `async with`. Raises `StreamRefused` there."""
        outgoing = self._outgoing("GET", with_query(url, query), site, "cors")
        own = {**ASKED_WITH, **(headers or {})}
        return EventStream(self._traffic.call(outgoing, own, timeout=self._patience(timeout)))

    @asynccontextmanager
    async def session(self) -> AsyncIterator[SessionMixin]:
        """This browser's session, to look at or to change; it is saved at the end of the block.
        Raises `SessionNotKept`."""
        app = quart_app_in(self.app)
        path = app.session_interface.get_cookie_path(app)
        outgoing = self._outgoing("GET", path, "same-origin", "navigate")
        sent = self._traffic.headers_for(outgoing, {})
        access = SessionAccess(app, scope_for("GET", outgoing.url, sent, state=None))
        session = await access.open()
        yield session
        refused = len(self.refused)
        headers = await access.save(session)
        self._traffic.keep_cookies(headers, outgoing)
        if len(self.refused) > refused:
            raise SessionNotKept(f"the browser refused the cookie: {self.refused[-1].reason}")
        if "Set-Cookie" in headers:
            # As a browser does that goes on to another page: a cookie that never comes back is one
            # that never arrived.
            brought = self._traffic.headers_for(outgoing, {})
            await SessionAccess(app, scope_for("GET", outgoing.url, brought, state=None)).open()

    async def sign_in(
        self,
        owner: object = None,
        /,
        *,
        proved_ago: timedelta | None = timedelta(),
        **entries: Any,
    ) -> None:
        """Be signed in as this owner, without a login page, with these entries in the session.
        With `Login(app)` the owner is an account, or the id of one, that proved who it is so long
        ago, or with `None` never. Raises `SessionNotKept`."""
        if owner is None and not entries:
            raise TypeError('say who signs in: sign_in("ada"), or sign_in(user_id=7)')
        async with self.session() as session:
            if owner is not None:
                sign_in(quart_app_in(self.app), session, owner, proved_ago=proved_ago)
            session.update(entries)

    def set_cookie(self, line: str) -> None:
        """Have the browser read this `Set-Cookie` line as if the application had sent it."""
        outgoing = self._outgoing("GET", "/", "same-origin", "navigate")
        self._traffic.keep_cookies(Headers([("Set-Cookie", line)]), outgoing)

    def close_browser(self) -> None:
        """Lose the cookies that a browser forgets when it is closed."""
        self.cookies.close_browser()
        self._traffic.page = ""

    def _patience(self, timeout: float | None) -> float:
        return self._timeout if timeout is None else timeout

    def _outgoing(
        self, method: str, url: str, site: Site, mode: ModeOrWebsocket, referer: str | None = None
    ) -> Outgoing:
        return Outgoing.asked(
            method,
            urljoin(self.base_url, url),
            site=site,
            mode=mode,
            referer=urljoin(self.base_url, referer) if referer else referer,
            last_page=self._traffic.page,
            localhost_is_secure=self._localhost_is_secure,
        )


async def signed_in_client(
    app: Quart,
    owner: object = None,
    /,
    *,
    proved_ago: timedelta | None = timedelta(),
    **entries: Any,
) -> Client:
    """A browser in which somebody is signed in: see `Client.sign_in`. Raises `SessionNotKept`."""
    client = Client(app)
    await client.sign_in(owner, proved_ago=proved_ago, **entries)
    return client
