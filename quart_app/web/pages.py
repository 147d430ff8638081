"""The pages themselves: each handler reads, calls, answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from quart import Quart, Response, current_app, redirect, request, session
from quart.sessions import SessionMixin
from werkzeug.exceptions import BadRequest

from quart_app.origin import is_from_own_page
from quart_app.scope import current
from quart_app.sessions import ServerSideSession, interface_of
from quart_app.settings import LOGIN_OWNER_KEY, ApplicationSettings, SessionSettings
from quart_app.web.cross_site import (
    Tokens,
    is_click_on_own_page,
    is_from_browser,
    refuse_cross_site,
)
from quart_app.web.forms import FieldError, name_from, read_form
from quart_app.web.prefix import root_of
from quart_app.web.redirects import after_login, see_other
from quart_app.web.renderer import Renderer

# The name's field, here and in the tutorials that these pages come from.
NAME_FIELDS = ("name", "nm", "username")
# Tells a page that is asked for right after signing in, and without the session's cookie, so.
JUST_SIGNED_IN = "just_signed_in"
A_MOMENT_SECONDS = 30


class Pages:
    """Home, logging in and out, and the visitor's name."""

    def __init__(
        self,
        settings: ApplicationSettings,
        sessions: SessionSettings,
        renderer: Renderer,
        *,
        tokens: Tokens,
    ) -> None:
        self._renderer = renderer
        self._settings = settings
        self._sessions = sessions
        self._tokens = tokens
        # Which entry of the session says who is signed in.
        keys = sessions.owner_keys or (LOGIN_OWNER_KEY,)
        self._entry = LOGIN_OWNER_KEY if LOGIN_OWNER_KEY in keys else keys[0]

    def join(self, app: Quart) -> None:
        """Put the pages under their addresses."""
        app.add_url_rule("/", "home", self.home)
        app.add_url_rule("/user", "user", self.user)
        app.add_url_rule("/login", "login", self.login, methods=["GET"])
        app.add_url_rule("/login", "sign_in", self.sign_in, methods=["POST"])
        app.add_url_rule("/logout", "logout", self.logout, methods=["GET"])
        app.add_url_rule("/logout", "sign_out", self.sign_out, methods=["POST"])

    async def home(self) -> Any:
        """Who is signed in, and a way out."""
        held = current(session)
        name = held.get(self._entry)
        if not name and not self._settings.home_public:
            return redirect(f"{root_of(request)}/login")
        return self._renderer.page("home.html", name=name, token=self._token(held))

    async def user(self) -> Any:
        """The name as a heading."""
        held = current(session)
        if not (name := held.get(self._entry)):
            root = root_of(request)
            return redirect(f"{root}/login?next={quote(root + request.path)}")
        record = held.record if isinstance(held, ServerSideSession) else None
        since = None if record is None else record.created_at
        now = 0 if since is None else interface_of(current_app).store.clock()
        return self._renderer.page(
            "user.html", name=name, token=self._token(held), since=since, now=now
        )

    async def login(self) -> Any:
        """The form."""
        wanted = request.args.get("next")
        if session.get(self._entry):
            return redirect(self._after_login(wanted))
        return self._form(wanted=wanted)

    async def sign_in(self) -> Any:
        """Signs in by what the form sends."""
        asked, held = current(request), current(session)
        refuse_cross_site(asked)
        fields = await read_form(asked)
        typed = next((fields[field] for field in NAME_FIELDS if field in fields), "")
        wanted = fields.get("next", asked.args.get("next"))
        try:
            name = name_from(typed)
        except FieldError as error:
            return self._form(BadRequest.code, wanted=wanted, typed=typed, error=str(error))
        if held.get(self._entry) == name and isinstance(held, ServerSideSession):
            held.regenerate()
        held[self._entry] = name
        held.permanent = self._sessions.permanent
        response = see_other(self._after_login(wanted))
        if self._sessions.cookie_secure and not asked.is_secure:
            response.set_cookie(
                JUST_SIGNED_IN, "1", max_age=A_MOMENT_SECONDS, httponly=True, samesite="Lax"
            )
        return response

    async def logout(self) -> Any:
        """Signs out a visitor who clicked on a page of ours, or a client that is no browser; else
        asks."""
        # Not asked whether the visitor is signed in: a click that comes late, under a token that
        # has another in its place by now, sees no owner.
        if request.method == "GET" and (
            is_click_on_own_page(request) or not is_from_browser(request)
        ):
            return self._signed_out()
        if not session.get(self._entry):
            return see_other(self._after_logout())
        return self._renderer.page("logout.html", token=self._token(current(session)))

    async def sign_out(self) -> Any:
        """Signs out by what the button sends."""
        refuse_cross_site(request)
        if session.get(self._entry) and is_from_browser(request):
            fields = await read_form(request)
            # A page that has been open since an earlier session holds the token of that one.
            if not is_from_own_page(request):
                self._tokens.verify(fields.get("token", ""), self._id_of(current(session)))
        return self._signed_out()

    def _signed_out(self) -> Any:
        session.clear()
        response = see_other(self._after_logout())
        if request.is_secure:
            # Not "cookies": that would be those of all hosts of the domain.
            response.headers["Clear-Site-Data"] = '"storage"'
        if JUST_SIGNED_IN in request.cookies:
            response.delete_cookie(JUST_SIGNED_IN, httponly=True, samesite="Lax")
        return response

    def _form(
        self, status: int = 200, *, wanted: str | None, typed: str = "", error: str = ""
    ) -> Response:
        lost_cookie = JUST_SIGNED_IN in request.cookies and not request.is_secure
        response = self._renderer.page(
            "login.html",
            status=status,
            wanted=after_login(wanted, root=root_of(request), otherwise=""),
            typed=typed,
            error=error,
            lost_cookie=lost_cookie,
        )
        if lost_cookie:
            response.delete_cookie(JUST_SIGNED_IN, httponly=True, samesite="Lax")
        return response

    def _after_login(self, wanted: str | None) -> str:
        root = root_of(request)
        return after_login(wanted, root=root, otherwise=root + self._settings.login_redirect)

    def _after_logout(self) -> str:
        return root_of(request) + self._settings.logout_redirect

    def _token(self, held: SessionMixin) -> str:
        return self._tokens.make(self._id_of(held))

    def _id_of(self, held: SessionMixin) -> str:
        if isinstance(held, ServerSideSession):
            return held.first_sid
        # A signed cookie has no identity but what it holds.
        return f"signed cookie of {held.get(self._entry)}"
