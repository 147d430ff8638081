"""`Login`: the one line that an application adds."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar, cast

from quart import Quart, Response, current_app, has_request_context
from quart.sessions import SecureCookieSessionInterface

from quart_app.errors import ConfigurationError
from quart_app.login.account import Account, Kept
from quart_app.login.attempts import Limiter
from quart_app.login.checks import Check, verified
from quart_app.login.first_stage import first_stage_of
from quart_app.login.held import Step
from quart_app.login.paths import Paths
from quart_app.login.sign_ins import EXTENSION, Hook, SignIns
from quart_app.login.stages import Stage
from quart_app.origin import TRUSTED_ORIGINS, origin_from
from quart_app.scope import current
from quart_app.sessions import Session
from quart_app.sessions.extension import require_quart
from quart_app.settings import (
    LOGIN_OWNER_KEY,
    ApplicationSettings,
    LiveSettings,
    LoginSettings,
    SessionSettings,
)
from quart_app.web.cross_site import V, accept
from quart_app.web.joining import Joining
from quart_app.web.site import SITE, Settings, Site

if TYPE_CHECKING:
    from quart_app.accounts import Accounts, EndingNote
    from quart_app.login.members import Members

# An entry of our own: the application's `session["name"]` is the application's.
OWNER_ENTRY = "_account"

H = TypeVar("H", bound=Hook)


class Login:
    """`Login(app)`, or `Login()` and later `init_app(app)`: pages to sign in and out, and sessions
    and live pages if the application has none of its own."""

    def __init__(
        self,
        app: Quart | None = None,
        *,
        check: Check | None = None,
        limiter: Limiter | None = None,
        whole_site: bool = False,
    ) -> None:
        """`check` says who somebody is, by name and password; `limiter` slows down who guesses.
        With `whole_site`, every path of the application has the login's headers, error pages, hosts
        and methods, and not only its own. Raises `ConfigurationError`."""
        self._check = None if check is None else verified(check)
        self._limiter = limiter
        self._whole_site = whole_site
        self._hooks: list[Hook] = []
        self._stages: list[Stage] = []
        self._origins: set[str] = set()
        self._joined: list[Joining] = []
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Quart) -> None:
        """Give the application its login. Settings are read now; what else it has, or gets until
        its first request, is looked at then. Raises `ConfigurationError`."""
        require_quart(app, by="Login")
        _require_early(app)
        login = LoginSettings.from_config(app.config)
        app.config["SESSION_OWNER_KEY"] = app.config.get("SESSION_OWNER_KEY") or OWNER_ENTRY
        app.config.setdefault("STREAM_PATH", login.prefix + LiveSettings().stream_path)
        if type(app.session_interface) is SecureCookieSessionInterface:
            Session(app)
        settings = Settings(
            application=ApplicationSettings.from_config(app.config),
            login=login,
            sessions=SessionSettings.from_config(app.config),
        )
        settings.require_no_circle()
        stage, members = first_stage_of(app, login, check=self._check, limiter=self._limiter)
        app.extensions[EXTENSION] = sign_ins = SignIns(
            app=app,
            entry=_entry(settings.sessions),
            paths=Paths(login.prefix),
            first_stage=stage,
            more_stages=self._stages,
            within=login.within,
            permanent=settings.sessions.permanent,
            own_hooks=() if members is None else members.hooks,
            hooks=self._hooks,
        )
        app.extensions[TRUSTED_ORIGINS] = self._origins
        site = app.extensions[SITE] = Site(app, settings, sign_ins, members)
        joining = Joining(site, whole_site=self._whole_site)
        joining.join()
        self._joined.append(joining)

    def complete(self) -> None:
        """Do now what is else done at the first start: the application is whole."""
        for joining in self._joined:
            joining.complete()

    @property
    def paths(self) -> Paths:
        """Where its pages lie, below the application's root."""
        return self._site().paths

    @property
    def has_accounts(self) -> bool:
        """Whether it asks for passwords that are kept here, and has pages for their owners."""
        return self._site().has_accounts

    @property
    def accounts(self) -> Accounts:
        """Those that are kept here, from the application's first start on. Raises
        `ConfigurationError`."""
        return self._members().accounts

    async def end(self, ending: EndingNote) -> None:
        """End the sessions that `Administration` has left this note of, on all machines. Raises
        `ConfigurationError`, and `StoreUnavailable`: what is left then ends once the store is
        back."""
        await self._members().endings.end(ending)

    def account(self) -> Account:
        """Who is signed in, in this request; falsy for a visitor."""
        return self._site().sign_ins.account()

    def steps(self) -> tuple[Step, ...]:
        """How they proved it, and when."""
        return self._site().sign_ins.steps()

    def sign_in(self, account: Account | Kept | str, *, method: str = "app") -> None:
        """Have this request's browser signed in when its answer leaves. The session keeps `method`,
        and the time. Raises `ValueError` for an account without an id."""
        self._site().sign_ins.sign_in(account, method=method)

    def sign_out(self) -> None:
        """Have this request's browser signed out when its answer leaves. What its session held is
        gone."""
        self._site().sign_ins.sign_out()

    def on_sign_in(self, hook: H) -> H:
        """Have a coroutine function awaited, with the account and the session's key, when the store
        has the session of a sign-in, and before its answer leaves. It may raise `TakenBack`."""
        if not iscoroutinefunction(cast(Any, hook)):
            raise ConfigurationError("a hook of sign-ins is awaited: write it as `async def`")
        self._hooks.append(hook)
        return hook

    def add_stage(self, stage: Stage) -> None:
        """Have one more stage after those that there are."""
        self._stages.append(stage)

    def accept_cross_site(self, view: V) -> V:
        """Let a handler, below its route, be asked by pages of other sites although a visitor's
        cookie comes along."""
        return accept(view)

    def trust_origin(self, origin: str) -> None:
        """Let pages of this origin, such as `https://shop.example.org`, ask what ours may. Raises
        `ConfigurationError`."""
        self._origins.add(origin_from(origin))

    async def page(
        self,
        template: str,
        /,
        *,
        status: int = 200,
        account: Account | None = None,
        shown: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """A page in the visitor's language, of any template that the application has. `account` is
        by default who is signed in. What is `shown` are texts that it only shows: with these, a
        page of ours is not written anew."""
        page = self._site().renderer.page
        account = self.account() if account is None else account
        return await page(template, status=status, account=account, shown=shown, **values)

    def token(self) -> str:
        """What a form that logs out sends as `token`."""
        return self._site().token()

    def _members(self) -> Members:
        members = self._site().members
        if members is None or not members.lets_in:
            raise ConfigurationError("no accounts are kept here: set LOGIN_MODE to 'password'")
        return members

    def _site(self) -> Site:
        """Its application's; of several, that of the one under way."""
        if not self._joined:
            raise ConfigurationError("this Login has no application yet: call init_app(app) first")
        if len(self._joined) == 1:
            return self._joined[0].site
        return cast(Site, current(current_app).extensions[SITE])


def _entry(sessions: SessionSettings) -> str:
    keys = sessions.owner_keys or (OWNER_ENTRY,)
    return LOGIN_OWNER_KEY if LOGIN_OWNER_KEY in keys else keys[0]


def _require_early(app: Quart) -> None:
    if EXTENSION in app.extensions:
        raise ConfigurationError("this application has its Login already: use that one")
    # Quart keeps no note of its first request. Its routes are made ready by it.
    has_begun = hasattr(app, "shutdown_event") or not app.url_map._remap
    if has_begun or has_request_context():
        raise ConfigurationError(
            "Login(app) comes too late: call it before the first request, where the application is "
            "made"
        )
