"""The pages of signing in and out: each handler reads, calls, answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quart import Blueprint, Request, Response, redirect, request
from werkzeug.exceptions import Forbidden, MethodNotAllowed

from quart_app.login.account import NOBODY
from quart_app.login.paths import root_of
from quart_app.login.refused import Refused
from quart_app.login.signals import Refusal, tell_refused
from quart_app.login.stages import Sent
from quart_app.origin import (
    is_click_on_own_page,
    is_from_browser,
    is_from_own_page,
    refuse_cross_site,
)
from quart_app.scope import current
from quart_app.web.edge import METHODS
from quart_app.web.forms import read_form
from quart_app.web.known_device import browser_of, have_it_keep
from quart_app.web.redirects import see_other
from quart_app.web.site import Site

# Tells a page that is asked for right after signing in, and without the session's cookie, so.
JUST_SIGNED_IN = "just_signed_in"
A_MOMENT_SECONDS = 30


class Pages:
    """Logging in, proving it again, and logging out."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._sign_ins = site.sign_ins

    def join(self, blueprint: Blueprint) -> None:
        """Put the pages under their addresses."""
        paths, add = self._site.paths, blueprint.add_url_rule
        for path, can in self._methods().items():
            cannot = {*METHODS} - {*can} | {"OPTIONS"}
            # First: else Quart's own answer to OPTIONS would list what is refused here.
            add(path, "refuse", self.refuse, methods=cannot, provide_automatic_options=False)
        add(paths.login, "login", self.login, methods=["GET"])
        add(paths.login, "sign_in", self.sign_in, methods=["POST"])
        add(paths.confirm, "confirm", self.confirm, methods=["GET"])
        add(paths.confirm, "prove", self.prove, methods=["POST"])
        add(paths.logout, "logout", self.logout, methods=["GET"])
        add(paths.logout, "sign_out", self.sign_out, methods=["POST"])
        add(paths.language, "language", self.choose_language, methods=["POST"])

    async def refuse(self) -> Any:
        """What a page of ours cannot do, said by one: the application's own page is for its own."""
        asked = current(request)
        can = self._methods()[asked.path]
        if asked.method == "OPTIONS":
            return Response("", headers={"Allow": ", ".join(can)})
        raise MethodNotAllowed(can)

    async def login(self) -> Any:
        """The form."""
        wanted = request.args.get("next")
        if self._sign_ins.account():
            return redirect(self._after_login(wanted))
        try:
            return await self._form(wanted=wanted)
        except Refused as refused:  # it took too long
            return await self._form(refused, wanted=wanted)

    async def sign_in(self) -> Any:
        """Signs in by what the form sends."""
        asked = current(request)
        sent = await self._sent()
        wanted = sent.fields.get("next", asked.args.get("next"))
        try:
            account = await self._sign_ins.advance(sent)
        except Refused as refused:
            return await self._form(refused, wanted=wanted, typed=sent.typed_name)
        if account is None:
            response = await self._form(wanted=wanted)
            have_it_keep(response, sent.browser.keeps, asked)
            return response
        response = see_other(self._after_login(wanted))
        have_it_keep(response, sent.browser.keeps, asked)
        if self._site.settings.sessions.cookie_secure is True and not asked.is_secure:
            response.set_cookie(
                JUST_SIGNED_IN, "1", max_age=A_MOMENT_SECONDS, httponly=True, samesite="Lax"
            )
        return response

    async def confirm(self) -> Any:
        """Asks one who is signed in to prove it again."""
        if not self._sign_ins.account():
            return redirect(root_of(request) + self._site.paths.login)
        return await self._form_again(wanted=request.args.get("next"))

    async def prove(self) -> Any:
        """Proves it by what that form sends."""
        sent = await self._sent()
        wanted = sent.fields.get("next")
        if not self._sign_ins.account():
            return redirect(root_of(request) + self._site.paths.login, 303)
        try:
            await self._sign_ins.confirm(sent)
        except Refused as refused:
            return await self._form_again(refused, wanted=wanted, typed=sent.typed_name)
        response = see_other(self._after_login(wanted))
        have_it_keep(response, sent.browser.keeps, current(request))
        return response

    async def logout(self) -> Any:
        """Signs out a visitor who clicked on a page of ours, or a client that is no browser; else
        asks."""
        # Not asked whether the visitor is signed in: a click that comes late, under a token that
        # has another in its place by now, sees no owner.
        if request.method == "GET" and (
            is_click_on_own_page(request) or not is_from_browser(request)
        ):
            return self.signed_out()
        if not (account := self._sign_ins.account()):
            return see_other(self._after_logout())
        page = self._site.renderer.page
        return await page("login/logout.html", account=account, shown={"token": self._site.token()})

    async def sign_out(self) -> Any:
        """Signs out by what the button sends."""
        refuse_cross_site(request)
        # A script of a page of ours need not send the form.
        is_surely_ours = is_from_own_page(request) or not is_from_browser(request)
        if self._sign_ins.account() and not is_surely_ours:
            self._site.verify((await read_form(request)).get("token", ""))
        return self.signed_out()

    async def choose_language(self) -> Any:
        """Remembers a language."""
        refuse_cross_site(request)
        return self._site.switch.chosen(await read_form(request))

    def verify_own(self, fields: Mapping[str, str]) -> None:
        """Raises 403 for a form that is not from a page of this session."""
        # A page that has been open since an earlier session holds the token of that one.
        if not is_from_own_page(request):
            self._site.verify(fields.get("token", ""))

    async def _sent(self) -> Sent:
        asked = current(request)
        try:
            refuse_cross_site(asked)
        except Forbidden:
            method = self._sign_ins.first_stage.method
            tell_refused(self._site.app, method=method, reason=Refusal.CROSS_SITE)
            raise
        return await sent_by(asked)

    def _methods(self) -> dict[str, tuple[str, ...]]:
        paths, page = self._site.paths, ("GET", "HEAD", "OPTIONS")
        both = (*page, "POST")
        can = dict.fromkeys((paths.login, paths.confirm, paths.logout), both)
        if self._site.has_accounts:
            can |= dict.fromkeys((paths.password, paths.sessions), both)
        return {**can, paths.language: ("POST", "OPTIONS")}

    def signed_out(self) -> Response:
        """Signs out, and goes where that leads."""
        self._sign_ins.sign_out()
        response = see_other(self._after_logout())
        if request.is_secure:
            # Not "cookies": that would be those of all hosts of the domain.
            response.headers["Clear-Site-Data"] = '"storage"'
        if JUST_SIGNED_IN in request.cookies:
            response.delete_cookie(JUST_SIGNED_IN, httponly=True, samesite="Lax")
        return response

    async def _form(
        self, refused: Refused | None = None, *, wanted: str | None, typed: str = ""
    ) -> Response:
        """Raises `Refused` if the stages before took too long."""
        stage = await self._sign_ins.stage()
        lost_cookie = JUST_SIGNED_IN in request.cookies and not request.is_secure
        response = await self._page(
            stage.template,
            refused,
            wanted=wanted,
            typed=typed,
            asks_password=stage.asks_password,
            lost_cookie=lost_cookie,
        )
        if lost_cookie:
            response.delete_cookie(JUST_SIGNED_IN, httponly=True, samesite="Lax")
        return response

    async def _form_again(
        self, refused: Refused | None = None, *, wanted: str | None, typed: str = ""
    ) -> Response:
        return await self._page(
            "login/confirm.html",
            refused,
            wanted=wanted,
            typed=typed,
            account=self._sign_ins.account(),
            asks_password=self._sign_ins.first_stage.asks_password,
            token=self._site.token(),
        )

    async def _page(
        self,
        template: str,
        refused: Refused | None,
        *,
        wanted: str | None,
        typed: str,
        token: str = "",
        **more: Any,
    ) -> Response:
        shown = {
            "wanted": self._own(wanted) or "",
            "typed": typed,
            "error": self.said(refused),
            "token": token,
        }
        status = refused.status if refused else 200
        response = await self._site.renderer.page(template, status=status, shown=shown, **more)
        return come_back(response, refused)

    def said(self, refused: Refused | None) -> str:
        """Why, in the visitor's language."""
        if refused is None:
            return ""
        if isinstance(refused.words, tuple):
            return self._site.renderer.say_many(*refused.words, refused.retry_after or 0)
        return self._site.renderer.say(refused.words)

    def _own(self, wanted: str | None) -> str | None:
        return self._site.own_page(wanted, root=root_of(request))

    def _after_login(self, wanted: str | None) -> str:
        settings = self._site.settings.application
        return self._own(wanted) or root_of(request) + settings.login_redirect

    def _after_logout(self) -> str:
        return root_of(request) + self._site.settings.application.logout_redirect


async def sent_by(asked: Request) -> Sent:
    """What a form brings to prove who somebody is. Raises what `read_form` does."""
    return Sent(
        fields=await read_form(asked),
        address=asked.remote_addr or "",
        account=NOBODY,
        browser=browser_of(asked),
    )


def come_back(response: Response, refused: Refused | None) -> Response:
    """Say when, if that is known."""
    if refused is not None and refused.retry_after is not None:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response
