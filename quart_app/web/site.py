"""What the login's pages are made of: complete once the application's first start has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from quart import Quart

from quart_app.live import Live
from quart_app.login.paths import Paths
from quart_app.login.sign_ins import SignIns
from quart_app.settings import ApplicationSettings, LoginSettings, SessionSettings
from quart_app.web.assets import Assets
from quart_app.web.catalogues import Languages
from quart_app.web.language import LanguageSwitch
from quart_app.web.own_pages import Tokens
from quart_app.web.renderer import Renderer


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that the pages go by."""

    application: ApplicationSettings
    login: LoginSettings
    sessions: SessionSettings


class Site:
    """One for each application."""

    renderer: Renderer
    switch: LanguageSwitch
    tokens: Tokens

    def __init__(
        self,
        app: Quart,
        settings: Settings,
        sign_ins: SignIns,
        assets: Assets,
        languages: Languages,
    ) -> None:
        self.app = app
        self.settings = settings
        self.sign_ins = sign_ins
        self._assets = assets
        self._languages = languages

    @property
    def paths(self) -> Paths:
        """Where its pages lie."""
        return self.sign_ins.paths

    def names(self) -> dict[str, Any]:
        """What every template of the application may ask for."""
        return self.renderer.names() if hasattr(self, "renderer") else {}

    def complete(self, live: Live | None, *, secret_keys: Sequence[str | bytes]) -> None:
        """Read the templates, as the application has them by now."""
        self.tokens = Tokens(secret_keys)
        self.switch = LanguageSwitch(self._languages, paths=self.paths, secret_keys=secret_keys)
        self.renderer = Renderer(
            self.app,
            self.switch,
            self._assets,
            live=live,
            paths=self.paths,
            site_name=self.settings.login.site_name or "",
        )
