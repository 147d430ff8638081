"""What the login's pages are made of: complete once the application's first start has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from quart import Quart, session

from quart_app.errors import ConfigurationError
from quart_app.live import Live
from quart_app.login.paths import Paths
from quart_app.login.sign_ins import SignIns
from quart_app.scope import current
from quart_app.sessions import ServerSideSession
from quart_app.settings import ApplicationSettings, LoginSettings, SessionSettings
from quart_app.web.assets import Assets
from quart_app.web.catalogues import Languages
from quart_app.web.form_tokens import FormTokens
from quart_app.web.language import LanguageSwitch
from quart_app.web.redirects import own_path
from quart_app.web.renderer import Renderer

if TYPE_CHECKING:
    from quart_app.login.members import Members

# Where an application's extensions have it.
SITE = "quart_app.web"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that the pages go by."""

    application: ApplicationSettings
    login: LoginSettings
    sessions: SessionSettings

    def require_no_circle(self) -> None:
        """See that no way out leads back to where it begins. Raises `ConfigurationError`."""
        paths, to = Paths(self.login.prefix), self.application
        for name, leads, begins in (
            ("LOGIN_REDIRECT", to.login_redirect, (paths.login, paths.logout, paths.confirm)),
            ("LOGOUT_REDIRECT", to.logout_redirect, (paths.logout,)),
        ):
            if unquote(urlsplit(leads).path).rstrip("/") in begins:
                raise ConfigurationError(
                    f"{name} is {leads!r}: set it to another path: this one leads round in circles"
                )


class Site:
    """One for each application."""

    renderer: Renderer
    switch: LanguageSwitch
    _tokens: FormTokens

    def __init__(
        self, app: Quart, settings: Settings, sign_ins: SignIns, members: Members | None
    ) -> None:
        self.app = app
        self.settings = settings
        self.sign_ins = sign_ins
        self.members = members
        """Where accounts are kept here, or guesses counted."""

    @property
    def has_accounts(self) -> bool:
        """Whether people sign in to accounts that are kept here."""
        return self.members is not None and self.members.lets_in

    @property
    def paths(self) -> Paths:
        """Where its pages lie."""
        return self.sign_ins.paths

    # Asynchronous, or Quart would call it in a thread for each page.
    async def names(self) -> dict[str, Any]:
        """What every template of the application may ask for."""
        return self.renderer.names() if hasattr(self, "renderer") else {}

    def own_page(self, wanted: str | None, *, root: str) -> str | None:
        """Where a visitor was going: to a page of ours, and not round in circles or out again."""
        if not wanted:
            return None
        paths = self.paths
        detours = (paths.login, paths.logout, paths.language, paths.confirm)
        return own_path(wanted, root=root, but=detours)

    def token(self) -> str:
        """What the log-out form of this session carries."""
        return self._tokens.make(self._id_of_session())

    def verify(self, token: str) -> None:
        """Raises 403 if the token is of another session's forms."""
        self._tokens.verify(token, self._id_of_session())

    def complete(
        self,
        live: Live | None,
        *,
        assets: Assets,
        languages: Languages,
        secret_keys: Sequence[str | bytes],
        language_cookie: str,
    ) -> None:
        """Read the templates, as the application has them by now."""
        self._tokens = FormTokens(secret_keys)
        self.switch = LanguageSwitch(
            languages, paths=self.paths, secret_keys=secret_keys, cookie=language_cookie
        )
        self.renderer = Renderer(
            self.app,
            self.switch,
            assets,
            live=live,
            paths=self.paths,
            looks=self.settings.login,
        )

    def _id_of_session(self) -> str:
        held = current(session)
        if isinstance(held, ServerSideSession):
            return held.first_sid
        # A signed cookie has no identity but what it holds.
        return f"signed cookie of {held.get(self.sign_ins.entry)}"
