"""`Login`: the one line that an application adds."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeVar

from quart import Quart, Response, has_request_context
from quart.sessions import SecureCookieSessionInterface

from quart_app.errors import ConfigurationError
from quart_app.login.account import NOBODY, Account
from quart_app.login.attempts import Limiter, MemoryLimiter
from quart_app.login.checks import Check, Checks, verified
from quart_app.login.held import Step
from quart_app.login.paths import Paths
from quart_app.login.sign_ins import EXTENSION, Hook, SignIns
from quart_app.login.stages import ByCheck, ByName, Stage
from quart_app.origin import trust
from quart_app.sessions import Session
from quart_app.settings import (
    LOGIN_OWNER_KEY,
    ApplicationSettings,
    LiveSettings,
    LoginSettings,
    SessionSettings,
)
from quart_app.web.cross_site import V, accept
from quart_app.web.joining import Joining
from quart_app.web.site import Settings

if TYPE_CHECKING:
    from quart_app.accounts import Accounts
    from quart_app.login.members import Members

log = logging.getLogger(__name__)

# An entry of our own: the application's `session["name"]` is the application's.
OWNER_ENTRY = "_account"

H = TypeVar("H", bound=Hook)


class Login:
    """`Login(app)`, or `Login()` and later `init_app(app)`: pages to sign in and out, and sessions
    and live pages if the application has none of its own."""

    _sign_ins: SignIns
    _joining: Joining
    _members: Members | None

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
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Quart) -> None:
        """Give the application its login. Settings are read now; what else it has, or gets until
        its first request, is looked at then. Raises `ConfigurationError`."""
        _require_early(app)
        login = LoginSettings.from_config(app.config)
        mode = login.mode or ("name" if self._check is None else "check")
        if mode == "check" and self._check is None:
            raise ConfigurationError("LOGIN_MODE is 'check': give Login(app, check=…) a function")
        if mode == "password" and self._check is not None:
            raise ConfigurationError(
                "LOGIN_MODE is 'password', and Login(app, check=…) has a function: take one away"
            )
        if login.mode is None and self._check is None:
            log.warning("Login believes whatever name is typed: give it a check, or set LOGIN_MODE")
        app.config["SESSION_OWNER_KEY"] = app.config.get("SESSION_OWNER_KEY") or OWNER_ENTRY
        app.config.setdefault("STREAM_PATH", login.prefix + LiveSettings().stream_path)
        if type(app.session_interface) is SecureCookieSessionInterface:
            Session(app)
        settings = Settings(
            application=ApplicationSettings.from_config(app.config),
            login=login,
            sessions=SessionSettings.from_config(app.config),
        )
        self._app = app
        self._sign_ins = _sign_ins(app, settings)
        self._members = None
        self._sign_ins.stages.append(self._first_stage(mode, login))
        app.extensions[EXTENSION] = self._sign_ins
        self._joining = Joining(
            app, settings, self._sign_ins, self._members, whole_site=self._whole_site
        )
        self._joining.join()

    def complete(self) -> None:
        """Do now what is else done at the first start: the application is whole."""
        self._joining.complete()

    @property
    def paths(self) -> Paths:
        """Where its pages lie, below the application's root."""
        return self._sign_ins.paths

    @property
    def has_accounts(self) -> bool:
        """Whether it asks for passwords that are kept here, and has pages for their owners."""
        return self._members is not None and self._members.lets_in

    @property
    def accounts(self) -> Accounts:
        """Those that are kept here, from the application's first start on. Raises
        `ConfigurationError`."""
        if self._members is None:
            raise ConfigurationError("no accounts are kept here: set LOGIN_MODE to 'password'")
        return self._members.accounts

    def account(self) -> Account:
        """Who is signed in, in this request; falsy for a visitor."""
        return self._sign_ins.account()

    def steps(self) -> tuple[Step, ...]:
        """How they proved it, and when."""
        return self._sign_ins.steps()

    def sign_in(self, account: Account | str, *, method: str = "app") -> None:
        """Have this request's browser signed in when its answer leaves. The session keeps `method`,
        and the time."""
        self._sign_ins.sign_in(account, method=method)

    def sign_out(self) -> None:
        """Have this request's browser signed out when its answer leaves. What its session held is
        gone."""
        self._sign_ins.sign_out()

    def on_sign_in(self, hook: H) -> H:
        """Have a coroutine function awaited, with the account and the session's key, when the store
        has the session of a sign-in, and before its answer leaves. It may raise `TakenBack`."""
        self._sign_ins.hooks.append(hook)
        return hook

    def add_stage(self, stage: Stage) -> None:
        """Have one more stage after those that there are."""
        self._sign_ins.stages.append(stage)

    def accept_cross_site(self, view: V) -> V:
        """Let a handler, below its route, be asked by pages of other sites although a visitor's
        cookie comes along."""
        return accept(view)

    def trust_origin(self, origin: str) -> None:
        """Let pages of this origin, such as `https://shop.example.org`, ask what ours may. Raises
        `ConfigurationError`."""
        trust(self._app, origin)

    async def page(
        self, template: str, /, *, status: int = 200, account: Account = NOBODY, **values: Any
    ) -> Response:
        """A page in the visitor's language, of any template that the application has."""
        page = self._joining.site.renderer.page
        return await page(template, status=status, account=account, **values)

    def token(self) -> str:
        """What a form that logs out sends as `token`."""
        return self._joining.pages.token()

    def _first_stage(self, mode: str, login: LoginSettings) -> Stage:
        if mode == "name":
            return ByName()
        if mode == "check":
            return self._by_check(login)
        self._members = members = self._with_accounts("LOGIN_MODE is 'password'", lets_in=True)
        from quart_app.login.passwords import ByPassword

        self._sign_ins.hooks.append(members.endings.verify)
        return ByPassword(members)

    def _by_check(self, login: LoginSettings) -> ByCheck:
        check = self._check
        assert check is not None  # noqa: S101
        checks = Checks(check, at_once=login.checks_at_once, wait=login.check_wait)
        return ByCheck(checks, self._limiter or self._own_limiter())

    def _own_limiter(self) -> Limiter:
        if not self._app.config.get("DATABASE_URL"):
            return MemoryLimiter(clock=self._sign_ins.now)
        self._members = self._with_accounts("DATABASE_URL is set", lets_in=False)
        from quart_app.login.shared_limiter import SharedLimiter

        return SharedLimiter(self._members)

    def _with_accounts(self, reason: str, *, lets_in: bool) -> Members:
        try:
            from quart_app.login.members import Members
        except ImportError as exc:
            raise ConfigurationError(
                f"{reason}, which needs {exc.name}: install quart-app[accounts]"
            ) from exc
        members = Members(self._app, clock=self._sign_ins.now, lets_in=lets_in)
        members.join()
        return members


def _sign_ins(app: Quart, settings: Settings) -> SignIns:
    keys = settings.sessions.owner_keys or (OWNER_ENTRY,)
    return SignIns(
        app=app,
        entry=LOGIN_OWNER_KEY if LOGIN_OWNER_KEY in keys else keys[0],
        paths=Paths(settings.login.prefix),
        stages=[],
        within=settings.login.within,
        permanent=settings.sessions.permanent,
    )


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
