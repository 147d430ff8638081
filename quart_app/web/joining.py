"""The order in which the parts of a login are joined to an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, FileSystemLoader
from quart import Blueprint, Quart

from quart_app.errors import ConfigurationError
from quart_app.live import Live
from quart_app.live.extension import EXTENSION as LIVE
from quart_app.login.guards import require_below_routes
from quart_app.login.sign_ins import SignIns
from quart_app.login.signals import tell_ended
from quart_app.scope import App
from quart_app.sessions import Record
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.sessions.saving.endings import Ending
from quart_app.sessions.signed_cookie import SignedCookieInterface
from quart_app.settings import LiveSettings, secret_key
from quart_app.settings.folders import data_folder
from quart_app.web import looks, resources
from quart_app.web.assets import Assets
from quart_app.web.beginning import Beginning
from quart_app.web.catalogues import Languages
from quart_app.web.cross_site import CrossSite
from quart_app.web.edge import Edge
from quart_app.web.error_pages import ErrorPages
from quart_app.web.known_device import COOKIE as KNOWN_DEVICE
from quart_app.web.own_paths import OwnPaths
from quart_app.web.pages import JUST_SIGNED_IN, Pages
from quart_app.web.site import SITE, Settings, Site
from quart_app.web.static_files import StaticFiles

if TYPE_CHECKING:
    from quart_app.login.members import Members

BLUEPRINT = "quart_app"


class Joining:
    """At once what must be there for the application to name it; the rest at its first start, when
    it has all that is its own."""

    def __init__(
        self,
        app: Quart,
        settings: Settings,
        sign_ins: SignIns,
        members: Members | None,
        *,
        whole_site: bool,
    ) -> None:
        self._app = app
        self._members = members
        self._settings = settings
        self._whole_site = whole_site
        # An application may have one of its own under the shorter name.
        self._language_cookie = "language" if whole_site else "login_language"
        is_ours = app.static_folder == str(resources.STATIC) and app.static_url_path is not None
        self._static = "static" if is_ours else f"{BLUEPRINT}.static"
        self.site = app.extensions[SITE] = Site(app, settings, sign_ins, members)
        self._inner: App = app.asgi_app
        self._beginning = Beginning(self._begin)

    def join(self) -> None:
        """Give the application its pages, and stand before it."""
        app, paths = self._app, self.site.paths
        # Told where it lies, or it asks the system.
        blueprint = Blueprint(BLUEPRINT, __name__, root_path=str(resources.TEMPLATES.parent))
        ours = FileSystemLoader(resources.TEMPLATES)
        before = self._settings.login.template_dir
        blueprint.jinja_loader = ChoiceLoader([FileSystemLoader(before), ours]) if before else ours
        if self._static != "static":
            blueprint.static_folder = str(resources.STATIC)
            blueprint.static_url_path = paths.static
        pages = Pages(self.site)
        pages.join(blueprint)
        if self._members is not None and self._members.lets_in:
            from quart_app.web.account_pages import AccountPages

            AccountPages(self.site, pages, self._members).join(blueprint)
        errors = ErrorPages(self.site)
        errors.join(app if self._whole_site else blueprint)
        app.register_blueprint(blueprint)
        CrossSite(app, cookie_name=self._settings.sessions.cookie_name).join()
        app.context_processor(self.site.names)
        app.asgi_app = self._beginning  # type: ignore[assignment,method-assign]

    def complete(self) -> None:
        """Do what is else done at the first start. Raises `ConfigurationError`."""
        if self._app.asgi_app is self._beginning:
            self._app.asgi_app = self._begin()  # type: ignore[assignment,method-assign]

    def _begin(self) -> App:
        self._verify()
        live, is_ours = self._live()
        stream = live.path if live is not None and is_ours else None
        own = OwnPaths(
            self.site.paths,
            blueprint=BLUEPRINT,
            stream=stream,
            has_accounts=self._has_accounts,
        )
        own.require_free(self._app)
        require_below_routes(self._app)
        settings = self._settings
        folder = data_folder(settings.sessions, instance_path=self._app.instance_path)
        secret = self._app.secret_key or secret_key.kept_in(folder)
        secret_keys = (secret, *settings.application.secret_key_fallbacks)
        if self._members is not None:
            self._members.make(folder=folder, secret_keys=secret_keys)
        assets = self._assets()
        self.site.complete(
            live,
            assets=assets,
            languages=self._languages(),
            secret_keys=secret_keys,
            language_cookie=self._language_cookie,
        )
        only = None if self._whole_site else own.__contains__
        return Edge(StaticFiles(self._inner, assets), settings.application, only=only)

    def _verify(self) -> None:
        sessions = self._settings.sessions
        if sessions.cookie_name in (self._language_cookie, JUST_SIGNED_IN, KNOWN_DEVICE):
            raise ConfigurationError(
                f"SESSION_COOKIE_NAME is {sessions.cookie_name!r}, the name of another cookie of "
                "this application: set it to another one"
            )
        paths, wanted = self.site.paths, self._settings.application.login_redirect
        if wanted.partition("?")[0].rstrip("/") in (paths.login, paths.logout):
            raise ConfigurationError(
                f"LOGIN_REDIRECT is {wanted!r}, which leads in circles: set it to another path"
            )
        interface = self._app.session_interface
        if self._has_accounts and isinstance(interface, SignedCookieInterface):
            raise ConfigurationError(
                "SESSION_TYPE is cookie, whose sessions do not end when a password changes: set it "
                "to filesystem or redis"
            )
        if isinstance(interface, ServerSideSessionInterface):
            interface.endings.have_witnessed(self._tell_ended)
        elif not isinstance(interface, SignedCookieInterface):
            raise ConfigurationError(
                f"Login needs sessions of quart_app.sessions, and not {type(interface).__name__}: "
                "call Session(app) in the place of the other one"
            )

    @property
    def _has_accounts(self) -> bool:
        return self._members is not None and self._members.lets_in

    def _live(self) -> tuple[Live | None, bool]:
        """What tells open pages, and whether it was not there before."""
        app = self._app
        if (theirs := app.extensions.get(LIVE)) is not None:
            return theirs, False
        # A signed cookie is no session that a server could end.
        has_sessions = isinstance(app.session_interface, ServerSideSessionInterface)
        if not has_sessions or not LiveSettings.from_config(app.config).live:
            return None, False
        # It stands about the application itself, and what came before it since stays before it.
        outer, app.asgi_app = app.asgi_app, self._inner  # type: ignore[assignment,method-assign]
        live = Live(app)
        self._inner, app.asgi_app = app.asgi_app, outer  # type: ignore[method-assign]
        return live, True

    def _assets(self) -> Assets:
        is_ours = self._static == "static"
        at = self._app.static_url_path if is_ours else self.site.paths.static
        assets = Assets(resources.STATIC, at=at or "", made=looks.made(self._settings.login))
        assets.join(self._app, endpoint=self._static)
        return assets

    def _languages(self) -> Languages:
        default = self._settings.application.default_language
        return Languages.found(default=default, besides=self._settings.login.locale_dir)

    def _tell_ended(self, record: Record, ending: Ending) -> None:
        tell_ended(self._app, key=record.key, owner=record.owner or "", reason=ending)
