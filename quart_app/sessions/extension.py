"""`Session`, which takes the place of `quart_session.Session`: the one line an application adds."""

from __future__ import annotations

import logging
import time
from functools import partial

from quart import Quart

from quart_app.errors import ConfigurationError
from quart_app.sessions.interface import QuartSessionExtension, ServerSideSessionInterface
from quart_app.sessions.signed_cookie import SignedCookieInterface
from quart_app.sessions.stores import store_for
from quart_app.sessions.stores.base import Clock, Store
from quart_app.settings import WITHOUT_EFFECT, SessionSettings, unknown_names
from quart_app.settings.parsing import plain_truths

log = logging.getLogger(__name__)


class Session(QuartSessionExtension):  # type: ignore[misc]
    """`Session(app)`, or `Session()` and later `init_app(app)`.

    A store of your own and a clock for tests go in here; everything else is in `app.config`.
    """

    def __init__(
        self, app: Quart | None = None, *, store: Store | None = None, clock: Clock = time.time
    ) -> None:
        """Raises `ConfigurationError`."""
        _require_store(store)
        self._store = store
        self._clock = clock
        super().__init__(app)

    def init_app(self, app: Quart) -> None:
        """Give the application its sessions. Raises `ConfigurationError`."""
        require_quart(app, by="Session")
        app.config.update(plain_truths(SessionSettings, app.config))
        settings = SessionSettings.from_config(app.config)
        _tell_of_odd_names(app)
        if settings.type == "cookie" and self._store is None:
            app.session_interface = SignedCookieInterface()
            app.before_serving(partial(_require_secret_key, app))
            return
        store = self._store or store_for(
            settings, instance_path=app.instance_path, clock=self._clock
        )
        interface = ServerSideSessionInterface(store, settings)
        app.session_interface = interface
        app.before_serving(partial(_create, app, interface))
        app.after_serving(interface.close)


def require_quart(app: object, *, by: str) -> None:
    """Raises `ConfigurationError` if it is an application of another kind."""
    if not isinstance(app, Quart):
        kind = f"{type(app).__module__.partition('.')[0]}.{type(app).__name__}"
        raise ConfigurationError(
            f"{by}(app) takes a quart.Quart, and this is a {kind}: make it a quart.Quart"
        )
    if any(cls.__module__.partition(".")[0] == "quart_trio" for cls in type(app).__mro__):
        raise ConfigurationError(
            "quart-trio runs on trio, and these sessions need asyncio: make it a quart.Quart"
        )


def _require_store(given: object) -> None:
    if isinstance(given, str):
        cure = f"app.config['SESSION_TYPE'] = {given!r}"
        raise ConfigurationError(f"store= takes a store, not the name of one: say {cure} instead")
    if given is not None and not isinstance(given, Store):
        kind = f"the class {given.__name__}" if isinstance(given, type) else type(given).__name__
        raise ConfigurationError(
            f"store= takes an instance of a subclass of quart_app.sessions.Store: this is {kind}"
        )


async def _create(app: Quart, interface: ServerSideSessionInterface) -> None:
    # Another `Session(app)` may have come after it: then its store is never opened.
    if app.session_interface is interface:
        await interface.create(app)


def _tell_of_odd_names(app: Quart) -> None:
    for name, meant in unknown_names(app.config).items():
        log.warning("unknown setting %s%s", name, f": did you mean {meant}?" if meant else "")
    for name, reason in WITHOUT_EFFECT.items():
        if app.config.get(name):
            log.info("setting %s has no effect: %s", name, reason)


async def _require_secret_key(app: Quart) -> None:
    if not app.secret_key:
        raise ConfigurationError("SESSION_TYPE = 'cookie' signs the cookie: set SECRET_KEY")
