"""Turns away who signs in while no more passwords can be looked at, before Quart is asked: in a
flood that is nearly everybody, and what is spent on them is taken from pages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import parse_qsl

from werkzeug.exceptions import HTTPException
from werkzeug.sansio.http import parse_cookie

from quart_app.errors import TooBusy
from quart_app.login.account import NOBODY
from quart_app.login.members import Members
from quart_app.login.paths import root_in
from quart_app.login.refused import Refused
from quart_app.login.signals import tell_refused
from quart_app.login.stages import Sent, busy
from quart_app.scope import SEEN, App, Receive, Scope, Send
from quart_app.web.forms import MOST_BYTES, fields_in
from quart_app.web.headers import encoded
from quart_app.web.known_device import COOKIE as KNOWN_DEVICE
from quart_app.web.plain import send_whole
from quart_app.web.site import Site

READ_WITHIN_SECONDS = 2.0


class FullHouse:
    """An ASGI application about another one, which has all that is not turned away: also a browser
    that has signed in before, for which a place may be kept, or which has passed the password and
    has another stage to go."""

    def __init__(self, inner: App, site: Site, members: Members) -> None:
        self._inner = inner
        self._site = site
        self._members = members

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_sign_in(scope):
            accounts = self._members.accounts
            try:
                accounts.verify_place()
            except TooBusy as exc:
                cookies = parse_cookie(_header(scope, b"cookie"))
                if not accounts.knows(cookies.get(KNOWN_DEVICE)):
                    # Unread, it would have servers close the connection.
                    body = await _body_from(receive)
                    refused = busy(exc.retry_after_seconds)
                    return await self._turn_away(scope, cookies, body, refused, send)
        await self._inner(scope, receive, send)

    def _is_sign_in(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "POST":
            return False
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        return f"/{path.lstrip('/')}" == self._site.paths.login  # as Quart has it

    async def _turn_away(
        self, scope: Scope, cookies: Mapping[str, str], body: bytes, refused: Refused, send: Send
    ) -> None:
        """The form again, as the handler would have answered."""
        site, stage = self._site, self._site.sign_ins.first_stage
        if (seen := scope.get(SEEN)) is not None:
            seen.route = site.paths.login
        tell_refused(site.app, method=stage.method, reason=refused.reason)
        fields: dict[str, str] = {}
        with suppress(HTTPException):
            fields = fields_in(body)
        query = dict(parse_qsl(scope["query_string"].decode()))
        root = root_in(site.app.config, scope.get("root_path", ""))
        language = site.switch.spoken_by(cookies, wishes=_header(scope, b"accept-language"))
        page = site.renderer.filled(
            stage.template,
            language,
            {
                "wanted": site.own_page(fields.get("next", query.get("next")), root=root) or "",
                "typed": Sent(fields=fields, address="", account=NOBODY).typed_name,
                "error": language.say(str(refused.words)),
                "token": "",
            },
            {"asks_password": stage.asks_password, "lost_cookie": False},
            root=root,
            here=root + site.paths.login,
        )
        headers = {
            "content-language": language.code,
            "retry-after": str(refused.retry_after),
            "vary": "Accept-Language, Cookie",
        }
        kind = b"text/html; charset=utf-8"
        await send_whole(send, refused.status, page, kind=kind, headers=encoded(headers))


def _header(scope: Scope, name: bytes) -> str:
    return "; ".join([value.decode("latin-1") for key, value in scope["headers"] if key == name])


async def _body_from(receive: Receive) -> bytes:
    """No more of it than shows that it is no form; nothing, if it does not come at once."""
    body = bytearray()
    with suppress(TimeoutError):
        async with asyncio.timeout(READ_WITHIN_SECONDS):
            more = True
            while more and len(body) <= MOST_BYTES:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
            return bytes(body)
    return b""
