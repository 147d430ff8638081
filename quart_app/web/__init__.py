"""Pages, forms, redirects, headers, error pages: what joins "this is Ada" to "this browser"."""

from __future__ import annotations

from quart import Quart

from quart_app.errors import ConfigurationError
from quart_app.live import Live
from quart_app.settings import ApplicationSettings, SessionSettings
from quart_app.web import language
from quart_app.web.assets import Assets
from quart_app.web.cross_site import Tokens
from quart_app.web.edge import Edge
from quart_app.web.error_pages import ErrorPages
from quart_app.web.health import Health
from quart_app.web.language import Languages, LanguageSwitch
from quart_app.web.pages import JUST_SIGNED_IN, Pages
from quart_app.web.renderer import Renderer
from quart_app.web.static_files import StaticFiles


def join(
    app: Quart, settings: ApplicationSettings, sessions: SessionSettings, live: Live | None
) -> None:
    """Give the application its pages, and stand before it with what every answer needs. Raises
    `ConfigurationError`."""
    if sessions.cookie_name in (language.COOKIE, JUST_SIGNED_IN):
        raise ConfigurationError(
            f"SESSION_COOKIE_NAME is {sessions.cookie_name!r}, the name of another cookie of this "
            "application: set it to another one"
        )
    secret_keys = (app.secret_key or "", *settings.secret_key_fallbacks)
    languages = Languages.found(default=settings.default_language)
    switch, assets = LanguageSwitch(languages, secret_keys=secret_keys), Assets()
    switch.join(app)
    assets.join(app)
    renderer = Renderer(app, switch, assets, live)
    Pages(settings, sessions, renderer, tokens=Tokens(secret_keys)).join(app)
    ErrorPages(renderer).join(app)
    inner = Health(StaticFiles(app.asgi_app, assets), app)
    app.asgi_app = Edge(inner, settings)  # type: ignore[assignment,method-assign]
