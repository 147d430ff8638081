"""A browser that visits an ASGI application in this process: no socket, no server, no start-up."""

from __future__ import annotations

import json as json_module
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack
from urllib.parse import urlencode, urljoin, urlsplit

from quart import Quart
from quart.sessions import SessionMixin
from werkzeug.datastructures import Headers

from quart_app.testing.asgi import App, answer_of, scope_for
from quart_app.testing.cookie_jar import CookieJar, Refused
from quart_app.testing.lifespan import Lifespan
from quart_app.testing.outgoing import Mode, Outgoing, Site, is_same_site
from quart_app.testing.response import Response
from quart_app.testing.session_access import (
    SessionAccess,
    SessionNotKept,
    clock_of,
    owner_key_of,
    quart_app_in,
)
from quart_app.testing.set_cookie import CookieRefused
from quart_app.testing.websocket import WebSocket

MOST_REDIRECTS = 20
TIMEOUT_SECONDS = 5.0
_NOTHING = object()
_REDIRECTS = (301, 302, 303, 307, 308)

Form = Mapping[str, object] | Iterable[tuple[str, object]]


class RequestOptions(TypedDict, total=False):
    """What `Client.request` takes besides method and URL."""

    form: Form | None
    json: Any
    data: str | bytes | None
    headers: Mapping[str, str] | None
    site: Site
    mode: Mode | None
    follow_redirects: bool
    timeout: float | None


class Client:
    """One browser with its own cookies. Several side by side are several people.

    Within `async with` the application is started first and stopped last; without, it is not.
    """

    def __init__(
        self,
        app: App,
        *,
        base_url: str | None = None,
        clock: Callable[[], float] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT_SECONDS,
        is_browser: bool = True,
        localhost_is_secure: bool = False,
    ) -> None:
        server_name = app.config["SERVER_NAME"] if isinstance(app, Quart) else None
        self.app = app
        self.base_url = base_url or f"https://{server_name or 'example.test'}"
        self.cookies = CookieJar(clock=clock or clock_of(app))
        self.refused: list[Refused] = []
        """The `Set-Cookie` lines that a browser would not keep, each with the reason."""
        self._headers = {"User-Agent": "quart-app-testing", **(headers or {})}
        self._timeout = timeout
        self._is_browser = is_browser
        self._localhost_is_secure = localhost_is_secure
        self._lifespan: Lifespan | None = None

    async def __aenter__(self) -> Self:
        lifespan = Lifespan(self.app, timeout=self._timeout)
        await lifespan.start()
        self._lifespan = lifespan
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._lifespan is not None:
            lifespan, self._lifespan = self._lifespan, None
            await lifespan.stop()

    async def request(
        self,
        method: str,
        url: str,
        *,
        form: Form | None = None,
        json: Any = _NOTHING,
        data: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        site: Site = "same-origin",
        mode: Mode | None = None,
        follow_redirects: bool = False,
        timeout: float | None = None,
    ) -> Response:
        """The answer to a request. `site` says which page asks, `mode` what for: by default a link
        or a form of our own page, or its script where neither could send such a request."""
        is_of_script = method not in ("GET", "HEAD", "POST") or data is not None
        mode = mode or ("cors" if is_of_script or json is not _NOTHING else "navigate")
        if method == "POST" and mode == "navigate" and data is None:
            form = form or ()  # a button is a form too
        content_type, body = _body(form, json, data)
        outgoing = self._outgoing(method, url, site, mode)
        history: list[Response] = []
        while True:
            sent = self._headers_for(outgoing, {**content_type, **(headers or {})})
            response = await self._exchange(outgoing, sent, body, timeout)
            onward = _redirect(outgoing, response) if follow_redirects else None
            if onward is None:
                return replace(response, history=tuple(history))
            if len(history) == MOST_REDIRECTS:
                raise RuntimeError(f"over {MOST_REDIRECTS} redirects, the last to {onward.url}")
            if onward.method != outgoing.method:
                content_type, body = {}, b""
            history.append(response)
            outgoing = onward

    async def get(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """Open a page. With `site="none"` its address was typed."""
        return await self.request("GET", url, **options)

    async def post(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """Send a form, or what a script sends."""
        return await self.request("POST", url, **options)

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
        headers: Mapping[str, str] | None = None,
        site: Site = "same-origin",
        timeout: float | None = None,
    ) -> WebSocket:
        """A websocket, open within `async with`. Raises `WebsocketRefused` there."""
        at = urljoin(self.base_url, url)
        at = f"ws{at.removeprefix('http')}" if at.startswith("http") else at
        outgoing = self._outgoing("GET", at, site, "websocket")
        sent = self._headers_for(outgoing, headers or {})
        scope = scope_for("GET", outgoing.url, sent, state=self._state())
        scope["subprotocols"] = list(subprotocols)
        return WebSocket(
            self.app,
            scope,
            url=outgoing.url,
            timeout=self._timeout if timeout is None else timeout,
            on_answer=lambda answer: self._keep_cookies(answer, outgoing),
        )

    @asynccontextmanager
    async def session(self) -> AsyncIterator[SessionMixin]:
        """This browser's session, to look at or to change; it is saved at the end of the block.
        Raises `SessionNotKept`."""
        app = quart_app_in(self.app)
        path = app.session_interface.get_cookie_path(app)
        outgoing = self._outgoing("GET", path, "same-origin", "navigate")
        sent = self._headers_for(outgoing, {})
        access = SessionAccess(app, scope_for("GET", outgoing.url, sent, state=None))
        session = await access.open()
        yield session
        refused = len(self.refused)
        headers = await access.save(session)
        self._keep_cookies(headers, outgoing)
        if len(self.refused) > refused:
            raise SessionNotKept(f"the browser refused the cookie: {self.refused[-1].reason}")
        if "Set-Cookie" in headers:
            # As a browser does that goes on to another page: a cookie that never comes back is one
            # that never arrived.
            brought = self._headers_for(outgoing, {})
            await SessionAccess(app, scope_for("GET", outgoing.url, brought, state=None)).open()

    async def sign_in(self, owner: object = None, /, **entries: Any) -> None:
        """Be signed in as this owner, without a login page, with these entries in the session.
        Raises `SessionNotKept`."""
        if owner is not None:
            entries[owner_key_of(quart_app_in(self.app))] = owner
        if not entries:
            raise TypeError('say who signs in: sign_in("ada"), or sign_in(user_id=7)')
        async with self.session() as session:
            session.update(entries)

    def set_cookie(self, line: str) -> None:
        """Have the browser read this `Set-Cookie` line as if the application had sent it."""
        outgoing = self._outgoing("GET", "/", "same-origin", "navigate")
        self._keep_cookies(Headers([("Set-Cookie", line)]), outgoing)

    def close_browser(self) -> None:
        """Lose the cookies that a browser forgets when it is closed."""
        self.cookies.close_browser()

    def _outgoing(self, method: str, url: str, site: Site, mode: Mode) -> Outgoing:
        return Outgoing.asked(
            method,
            urljoin(self.base_url, url),
            site=site,
            mode=mode,
            localhost_is_secure=self._localhost_is_secure,
        )

    def _headers_for(self, outgoing: Outgoing, own: Mapping[str, str]) -> Headers:
        headers = Headers({"Host": urlsplit(outgoing.url).netloc, "Accept": "*/*"})
        headers.update(self._headers)
        if self._is_browser:
            headers.update(dict(outgoing.headers()))
        if cookies := self.cookies.header_for(outgoing.cookie_context()):
            headers["Cookie"] = cookies
        headers.update(own)
        return headers

    async def _exchange(
        self, outgoing: Outgoing, headers: Headers, body: bytes, timeout: float | None
    ) -> Response:
        if body or outgoing.method not in ("GET", "HEAD"):
            headers["Content-Length"] = str(len(body))
        scope = scope_for(outgoing.method, outgoing.url, headers, state=self._state())
        seconds = self._timeout if timeout is None else timeout
        response = await answer_of(self.app, scope, body, url=outgoing.url, timeout=seconds)
        self._keep_cookies(response.headers, outgoing)
        return response

    def _keep_cookies(self, headers: Headers, outgoing: Outgoing) -> None:
        for line in headers.getlist("Set-Cookie"):
            try:
                self.cookies.store(line, outgoing.cookie_context())
            except CookieRefused as exc:
                self.refused.append(Refused(line=line, reason=str(exc), url=outgoing.url))

    def _state(self) -> dict[str, Any] | None:
        return None if self._lifespan is None else self._lifespan.state


async def signed_in_client(app: Quart, owner: object = None, /, **entries: Any) -> Client:
    """A browser in which somebody is signed in. Raises `SessionNotKept`."""
    client = Client(app)
    await client.sign_in(owner, **entries)
    return client


def _body(form: Form | None, json: Any, data: str | bytes | None) -> tuple[dict[str, str], bytes]:
    if [form is not None, json is not _NOTHING, data is not None].count(True) > 1:
        raise TypeError("a request has one body: form, json or data")
    if form is not None:
        pairs = form if isinstance(form, Mapping) else list(form)
        content_type = {"Content-Type": "application/x-www-form-urlencoded"}
        return content_type, urlencode(pairs, doseq=True).encode()
    if json is not _NOTHING:
        return {"Content-Type": "application/json"}, json_module.dumps(json).encode()
    return {}, data.encode() if isinstance(data, str) else data or b""


def _redirect(outgoing: Outgoing, response: Response) -> Outgoing | None:
    """The next request, if it goes to this application: another site is not in this process."""
    if response.status not in _REDIRECTS or response.location is None:
        return None
    onward = outgoing.redirected(response.status, response.location)
    is_web = urlsplit(onward.url).scheme in ("http", "https")
    return onward if is_web and is_same_site(onward.url, outgoing.url) else None
