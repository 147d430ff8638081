"""What the owner of an account does with it: a new password, and an end to sessions elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from quart import Blueprint, Response, request

from quart_app.accounts import Changed
from quart_app.errors import NoSuchAccount, PasswordRefused
from quart_app.login import held
from quart_app.login.account import Account
from quart_app.login.guards import login_required
from quart_app.login.members import Members
from quart_app.login.names import password_from
from quart_app.login.passwords import ByPassword, client_of, refusing, unfit
from quart_app.login.paths import root_of
from quart_app.login.refused import Refused
from quart_app.login.stages import Sent
from quart_app.login.texts import translatable
from quart_app.origin import refuse_cross_site
from quart_app.scope import current
from quart_app.sessions import Record, interface_of, session
from quart_app.web.known_device import have_it_keep
from quart_app.web.pages import Pages, come_back, sent_by
from quart_app.web.redirects import see_other
from quart_app.web.site import Site

PROVED_WITHIN = timedelta(minutes=10)

PASSWORD_SET = translatable("Your new password holds. You are logged out everywhere else.")
OTHERS_ENDED = translatable("You are logged out everywhere else.")
ONE_ENDED = translatable("That session has ended.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A session, as the list of them has it."""

    key: str
    browser: str
    system: str
    began_at: float
    seen_at: float
    is_this: bool

    @classmethod
    def of(cls, record: Record, *, this: str) -> Shown:
        browser, _, system = record.device.partition(" on ")
        return cls(
            key=record.key,
            browser=browser,
            system=system,
            began_at=record.created_at,
            seen_at=record.seen_at,
            is_this=record.key == this,
        )


class AccountPages:
    """For those who are signed in by a password that is kept here."""

    def __init__(self, site: Site, pages: Pages, members: Members) -> None:
        self._site = site
        self._pages = pages
        self._sign_ins = site.sign_ins
        self._members = members

    def join(self, blueprint: Blueprint) -> None:
        """Put the pages under their addresses."""
        paths, add = self._site.paths, blueprint.add_url_rule
        add(paths.password, "password", login_required(self.password), methods=["GET"])
        add(paths.password, "set_password", login_required(self.set_password), methods=["POST"])
        add(paths.sessions, "sessions", login_required(self.sessions), methods=["GET"])
        add(paths.sessions, "end_sessions", login_required(self.end_sessions), methods=["POST"])

    async def password(self) -> Response:
        """The form for a new one."""
        return await self._form()

    async def set_password(self) -> Response:
        """Sets it, if the current one is right: this session goes on, and all others end."""
        sent = await self._sent()
        account = self._sign_ins.account()
        try:
            known = password_from(sent.fields.get("password", ""))
            new = sent.fields.get("new", "")
            with refusing(translatable("This is not your password.")):
                changed = await self._members.endings.made(
                    self._members.accounts.change_password(
                        account.id,
                        current=known,
                        new=new,
                        client=client_of(sent),
                        keep=session.sid,
                    )
                )
        except PasswordRefused as exc:
            return await self._form(unfit(exc), at="new")
        except Refused as refused:
            return await self._form(refused, at="password")
        except NoSuchAccount:
            return self._pages.signed_out()
        self._go_on(account, changed, method=ByPassword.method)
        return self._there(self._site.paths.password, PASSWORD_SET, changed)

    async def sessions(self) -> Response:
        """All sessions of the account, the last seen first."""
        account, this = self._sign_ins.account(), session.sid
        listed = await interface_of(self._site.app).owned_by(account.id)
        shown = [Shown.of(record, this=this) for record in listed]
        return await self._site.renderer.page(
            "login/account_sessions.html",
            account=account,
            token=self._site.token(),
            sessions=sorted(shown, key=lambda each: (not each.is_this, -each.seen_at)),
            now=self._sign_ins.now(),
            notice=held.said(session),
        )

    async def end_sessions(self) -> Response:
        """Ends one, or all but this one, for whoever proved a moment ago to be the owner: with a
        stolen session nobody is to throw the owner out."""
        sent = await self._sent()
        self._pages.verify_own(sent.fields)
        account, path = self._sign_ins.account(), self._site.paths.sessions
        if not self._sign_ins.has_proved_it(within=PROVED_WITHIN):
            root = root_of(request)
            return see_other(f"{root}{self._site.paths.confirm}?next={root}{path}")
        if "others" not in sent.fields:
            is_there = await self._end_one(account, sent.fields.get("end", ""))
            return self._there(path, ONE_ENDED if is_there else None)
        try:
            changed = await self._members.endings.made(
                self._members.accounts.end_everything_of(
                    account.id, client=client_of(sent), keep=session.sid
                )
            )
        except NoSuchAccount:
            return self._pages.signed_out()
        self._go_on(account, changed)
        return self._there(path, OTHERS_ENDED, changed)

    async def _sent(self) -> Sent:
        asked = current(request)
        refuse_cross_site(asked)
        return await sent_by(asked)

    async def _end_one(self, account: Account, key: str) -> bool:
        interface, this = interface_of(self._site.app), session.sid
        others = {record.key for record in await interface.owned_by(account.id)} - {this}
        if key not in others:
            return False
        await interface.end(key)
        return True

    def _go_on(self, account: Account, changed: Changed, *, method: str | None = None) -> None:
        """In this session alone, which gets a new token."""
        now = Account(id=account.id, name=account.name, epoch=changed.ending.epoch)
        self._sign_ins.renew(now, method=method)

    async def _form(self, refused: Refused | None = None, *, at: str = "") -> Response:
        response = await self._site.renderer.page(
            "login/account_password.html",
            status=refused.status if refused else 200,
            account=self._sign_ins.account(),
            token=self._site.token(),
            error=self._pages.said(refused),
            at=at,
            notice=None if refused else held.said(session),
        )
        return come_back(response, refused)

    def _there(self, path: str, words: str | None, changed: Changed | None = None) -> Response:
        if words is not None:
            held.say_once(session, words)
        response = see_other(root_of(request) + path)
        if changed is not None:
            have_it_keep(response, changed.device_value, current(request))
        return response
