"""Sends a browser's requests and keeps what the answers leave with it: cookies, and its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers

from quart_app.testing.asgi import App, answer_of, scope_for
from quart_app.testing.call import Call
from quart_app.testing.cookie_jar import CookieJar, Refused
from quart_app.testing.encoding import Body
from quart_app.testing.outgoing import Outgoing, is_same_site
from quart_app.testing.response import Response
from quart_app.testing.set_cookie import CookieRefused
from quart_app.testing.unhandled import unhandled

MOST_REDIRECTS = 20
_REDIRECTS = (301, 302, 303, 307, 308)
Listening = AbstractContextManager[list[Exception]]


class Traffic:
    """What goes between one browser and the application."""

    def __init__(
        self,
        app: App,
        *,
        cookies: CookieJar,
        headers: Mapping[str, str],
        is_browser: bool,
    ) -> None:
        self._app = app
        self.cookies = cookies
        self.refused: list[Refused] = []
        self._headers = headers
        self._is_browser = is_browser
        self.page = ""
        """The URL of the page opened last."""
        self.state: dict[str, Any] | None = None
        """What the application keeps from its start, if it was started."""

    async def visit(
        self,
        outgoing: Outgoing,
        body: Body,
        own: Mapping[str, str],
        *,
        timeout: float,
        raises: bool,
        follow_redirects: bool,
    ) -> Response:
        """The answer to this request, or to the last of those that it leads to. Raises what the
        application does, and with `raises` what became its 500 page."""
        history: list[Response] = []
        while True:
            content_type = {"Content-Type": body.content_type} if body.content_type else {}
            sent = self.headers_for(outgoing, {**content_type, **own})
            listening: Listening = unhandled() if raises else nullcontext([])
            with listening as raised:
                try:
                    response = await self._exchange(outgoing, sent, body.content, timeout)
                except ExceptionGroup:  # Quart 0.23 puts what it raises into one
                    if not raised:
                        raise
            if raised:
                raise raised[0]
            onward = _redirect(outgoing, response) if follow_redirects else None
            if onward is None:
                return replace(response, history=tuple(history))
            if len(history) == MOST_REDIRECTS:
                raise RuntimeError(f"over {MOST_REDIRECTS} redirects, the last to {onward.url}")
            if onward.method != outgoing.method:
                body = Body()
            history.append(response)
            outgoing = onward

    def call(
        self,
        outgoing: Outgoing,
        own: Mapping[str, str],
        *,
        timeout: float,
        subprotocols: Iterable[str] = (),
    ) -> Call:
        """A request whose answer stays open."""
        sent, url = self.headers_for(outgoing, own), outgoing.url
        return Call(
            self._app,
            scope_for("GET", url, sent, state=self.state, subprotocols=subprotocols),
            url=url,
            timeout=timeout,
            on_answer=lambda headers: self.keep_cookies(headers, outgoing),
        )

    def headers_for(self, outgoing: Outgoing, own: Mapping[str, str]) -> Headers:
        """All headers of a request; the test's own words go before the browser's."""
        headers = Headers({"Host": urlsplit(outgoing.url).netloc, "Accept": "*/*"})
        if self._is_browser:
            headers.update(dict(outgoing.headers()))
        headers.update(self._headers)
        if cookies := self.cookies.header_for(outgoing.cookie_context()):
            headers["Cookie"] = cookies
        headers.update(own)
        return headers

    def keep_cookies(self, headers: Headers, outgoing: Outgoing) -> None:
        """Take what an answer to this request sets."""
        for line in headers.getlist("Set-Cookie"):
            try:
                self.cookies.store(line, outgoing.cookie_context())
            except CookieRefused as exc:
                self.refused.append(Refused(line=line, reason=str(exc), url=outgoing.url))

    async def _exchange(
        self, outgoing: Outgoing, headers: Headers, body: bytes, timeout: float
    ) -> Response:
        if body or outgoing.method in ("POST", "PUT"):
            headers["Content-Length"] = str(len(body))
        scope = scope_for(outgoing.method, outgoing.url, headers, state=self.state)
        response = await answer_of(self._app, scope, body, url=outgoing.url, timeout=timeout)
        self.keep_cookies(response.headers, outgoing)
        if outgoing.opens_page(response.status):
            self.page = outgoing.url
        return response


def _redirect(outgoing: Outgoing, response: Response) -> Outgoing | None:
    """The next request, if it goes to this application: another site is not in this process."""
    if response.status not in _REDIRECTS or response.location is None:
        return None
    onward = outgoing.redirected(response.status, response.location)
    is_web = urlsplit(onward.url).scheme in ("http", "https")
    return onward if is_web and is_same_site(onward.url, outgoing.url) else None
