"""The two pages that the stand-alone application has of its own: home, and the visitor's name."""

from __future__ import annotations

from typing import Any

from quart import Quart, current_app, redirect, request, session

from quart_app.login.guards import login_required
from quart_app.login.paths import root_of
from quart_app.scope import current
from quart_app.sessions import ServerSideSession, interface_of
from quart_app.web.extension import Login


class Home:
    """What the tutorials show besides a login."""

    def __init__(self, login: Login, *, is_public: bool) -> None:
        self._login = login
        self._is_public = is_public

    def join(self, app: Quart) -> None:
        """Put the pages under their addresses."""
        app.add_url_rule("/", "home", self.home)
        app.add_url_rule("/user", "user", login_required(self.user))

    async def home(self) -> Any:
        """Who is signed in, and a way out."""
        account = self._login.account()
        if not account and not self._is_public:
            return redirect(root_of(request) + self._login.paths.login)
        return await self._login.page(
            "login/home.html", account=account, shown={"token": self._login.token()}
        )

    async def user(self) -> Any:
        """The name as a heading."""
        held = current(session)
        record = held.record if isinstance(held, ServerSideSession) else None
        return await self._login.page(
            "login/user.html",
            token=self._login.token(),
            has_accounts=self._login.has_accounts,
            since=None if record is None else record.created_at,
            now=0 if record is None else interface_of(current_app).store.clock(),
        )
