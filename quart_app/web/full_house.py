"""Turns away who signs in while no more passwords can be looked at, before Quart is asked: in a
flood that is nearly everybody, and what is spent on them is taken from pages."""

from __future__ import annotations

from werkzeug.http import parse_cookie

from quart_app.errors import TooBusy
from quart_app.login.members import Members
from quart_app.login.paths import root_in
from quart_app.login.refused import Refused
from quart_app.login.signals import tell_refused
from quart_app.login.stages import busy
from quart_app.scope import App, Receive, Scope, Send
from quart_app.web.headers import encoded
from quart_app.web.known_device import COOKIE as KNOWN_DEVICE
from quart_app.web.plain import send_whole
from quart_app.web.site import Site


class FullHouse:
    """An ASGI application about another one, which has all that is not turned away: a browser that
    has signed in before, for which a place may be kept, or whose session says that it has passed
    the password already."""

    def __init__(self, inner: App, site: Site, members: Members) -> None:
        self._inner = inner
        self._site = site
        self._members = members
        session = site.settings.sessions.cookie_name
        self._may_be_looked_at = (KNOWN_DEVICE.encode(), session.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_strangers_sign_in(scope):
            try:
                self._members.accounts.verify_place()
            except TooBusy as exc:
                refused = busy(exc.retry_after_seconds)
                return await self._turn_away(scope, send, refused)
        await self._inner(scope, receive, send)

    def _is_strangers_sign_in(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "POST":
            return False
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        cookies = _header(scope, b"cookie")
        return path == self._site.paths.login and not any(
            name in cookies for name in self._may_be_looked_at
        )

    async def _turn_away(self, scope: Scope, send: Send, refused: Refused) -> None:
        """The form again, without what was typed: that is not read."""
        site, root = self._site, root_in(self._site.app.config, scope.get("root_path", ""))
        stage = site.sign_ins.first_stage
        tell_refused(site.app, method=stage.method, reason=refused.reason)
        cookies = parse_cookie(_header(scope, b"cookie").decode("latin-1"))
        wishes = _header(scope, b"accept-language").decode("latin-1")
        language = site.switch.spoken_by(cookies, wishes=wishes)
        page = site.renderer.page_for_visitors(
            stage.template,
            language,
            root=root,
            here=root + site.paths.login,
            shown={
                "wanted": "",
                "typed": "",
                "error": language.say(str(refused.words)),
                "token": "",
            },
            asks_password=stage.asks_password,
            lost_cookie=False,
        )
        told = {"content-language": language.code, "vary": "Accept-Language"}
        again = {"retry-after": str(refused.retry_after)}
        kind = b"text/html; charset=utf-8"
        await send_whole(send, refused.status, page, kind=kind, headers=encoded(told | again))


def _header(scope: Scope, name: bytes) -> bytes:
    return b"; ".join([value for known, value in scope["headers"] if known == name])
