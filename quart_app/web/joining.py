"""The order in which the parts of a login are joined to an application."""

from __future__ import annotations

from jinja2 import ChoiceLoader, FileSystemLoader
from quart import Blueprint

from quart_app.errors import ConfigurationError
from quart_app.live import Live
from quart_app.live.extension import EXTENSION as LIVE
from quart_app.login.guards import require_below_routes
from quart_app.login.signals import tell_ended
from quart_app.scope import App
from quart_app.sessions import Record
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.sessions.saving.endings import Ending
from quart_app.sessions.signed_cookie import SignedCookieInterface
from quart_app.settings import LiveSettings, LoginSettings, secret_key
from quart_app.settings.folders import data_folder
from quart_app.settings.parsing import declared
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
from quart_app.web.site import Site
from quart_app.web.static_files import StaticFiles

BLUEPRINT = "quart_app"


class Joining:
    """At once what must be there for the application to name it; the rest at its first start, when
    it has all that is its own."""

    def __init__(self, site: Site, *, whole_site: bool) -> None:
        self.site = site
        self._app = app = site.app
        self._settings = site.settings
        self._whole_site = whole_site
        # An application may have one of its own under the shorter name.
        self._language_cookie = "language" if whole_site else "login_language"
        self._at = app.static_url_path if app.static_folder == str(resources.STATIC) else None
        """Where the application itself shows our static files, if it does."""
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
        if self._at is None:
            blueprint.static_folder = str(resources.STATIC)
            blueprint.static_url_path = paths.static
        pages = Pages(self.site)
        pages.join(blueprint)
        if (members := self.site.members) is not None and members.lets_in:
            from quart_app.web.account_pages import AccountPages

            AccountPages(self.site, pages, members).join(blueprint)
        ErrorPages(self.site).join(app if self._whole_site else blueprint)
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
        require_below_routes(self._app)
        theirs: Live | None = self._app.extensions.get(LIVE)
        live = theirs or self._live()
        stream = live.path if live is not None and theirs is None else None
        static = self.site.paths.static
        own = OwnPaths(self._app, blueprint=BLUEPRINT, static=static, stream=stream)
        settings = self._settings
        folder = data_folder(settings.sessions, instance_path=self._app.instance_path)
        secret = self._app.secret_key or secret_key.kept_in(folder)
        secret_keys = (secret, *settings.application.secret_key_fallbacks)
        if self.site.members is not None:
            self.site.members.make(folder=folder, secret_keys=secret_keys)
        assets = self._assets()
        self.site.complete(
            live,
            assets=assets,
            languages=self._languages(),
            secret_keys=secret_keys,
            language_cookie=self._language_cookie,
        )
        interface = self._app.session_interface
        if isinstance(interface, ServerSideSessionInterface):
            interface.endings.have_witnessed(self._tell_ended)
        only = None if self._whole_site else own.__contains__
        inner = StaticFiles(self._turning_away(self._inner), assets)
        return Edge(inner, settings.application, only=only)

    def _turning_away(self, inner: App) -> App:
        """With somebody at the door, where passwords are looked at."""
        site, members = self.site, self.site.members
        template = site.sign_ins.first_stage.template
        if members is None or not members.lets_in or not site.renderer.only_shows(template):
            return inner
        from quart_app.web.full_house import FullHouse

        return FullHouse(inner, site, members)

    def _verify(self) -> None:
        read, now = self._settings.login, LoginSettings.from_config(self._app.config)
        for item in declared(LoginSettings):
            if getattr(read, item.name) != getattr(now, item.name):
                name = item.metadata["name"]
                raise ConfigurationError(f"{name} was set after Login(app) read it: set it before")
        sessions = self._settings.sessions
        if sessions.cookie_name in (self._language_cookie, JUST_SIGNED_IN, KNOWN_DEVICE):
            raise ConfigurationError(
                f"SESSION_COOKIE_NAME is {sessions.cookie_name!r}, the name of another cookie of "
                "this application: set it to another one"
            )
        interface = self._app.session_interface
        if self.site.has_accounts and isinstance(interface, SignedCookieInterface):
            raise ConfigurationError(
                "SESSION_TYPE is cookie, whose sessions do not end when a password changes: set it "
                "to filesystem or redis"
            )
        if not isinstance(interface, ServerSideSessionInterface | SignedCookieInterface):
            raise ConfigurationError(
                f"Login needs sessions of quart_app.sessions, and not {type(interface).__name__}: "
                "call Session(app) in the place of the other one"
            )

    def _live(self) -> Live | None:
        """What tells open pages, for an application without one of its own."""
        app = self._app
        # A signed cookie is no session that a server could end.
        has_sessions = isinstance(app.session_interface, ServerSideSessionInterface)
        if not has_sessions or not LiveSettings.from_config(app.config).live:
            return None
        # It stands about the application itself, and what came before it since stays before it.
        outer, app.asgi_app = app.asgi_app, self._inner  # type: ignore[assignment,method-assign]
        live = Live(app)
        self._inner, app.asgi_app = app.asgi_app, outer  # type: ignore[method-assign]
        return live

    def _assets(self) -> Assets:
        at, endpoint = self._at, "static"
        if at is None:
            at, endpoint = self.site.paths.static, f"{BLUEPRINT}.static"
        assets = Assets(resources.STATIC, at=at, made=looks.made(self._settings.login))
        assets.join(self._app, endpoint=endpoint)
        return assets

    def _languages(self) -> Languages:
        default = self._settings.application.default_language
        return Languages.found(default=default, besides=self._settings.login.locale_dir)

    def _tell_ended(self, record: Record, ending: Ending) -> None:
        tell_ended(self._app, key=record.key, owner=record.owner or "", reason=ending)
