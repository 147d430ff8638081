"""The stand-alone application: what it is made of, and nothing else."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

from quart import Quart

from quart_app.observing.events import log_events
from quart_app.sessions import Session, Store
from quart_app.sessions.stores.base import Clock
from quart_app.settings import (
    LOGIN_OWNER_KEY,
    ApplicationSettings,
    ServerSettings,
    SessionSettings,
    secret_key,
)
from quart_app.settings.environment import take_environment
from quart_app.settings.folders import data_folder
from quart_app.settings.names import no_setting, unknown
from quart_app.web import Health, Home, Login, QuickQuart, resources

log = logging.getLogger(__name__)


def create_app(
    config: Mapping[str, Any] | None = None,
    *,
    store: Store | None = None,
    clock: Clock = time.time,
) -> Quart:
    """The login pages. Settings come from `QUART_…` variables, and from this mapping, which wins.
    Raises `ConfigurationError`."""
    static = str(resources.STATIC)
    app = QuickQuart("quart_app", static_folder=static, template_folder=None)
    settings = _configure(app, config or {})
    sessions = SessionSettings.from_config(app.config)
    folder = data_folder(sessions, instance_path=app.instance_path)
    app.secret_key = settings.secret_key or secret_key.kept_in(folder)
    Session(store=store, clock=clock).init_app(app)
    app.asgi_app = Health(app.asgi_app, app)  # type: ignore[assignment,method-assign]
    login = Login(app, whole_site=True)
    Home(login, is_public=settings.home_public).join(app)
    login.complete()
    log_events()
    return app


def _configure(app: Quart, config: Mapping[str, Any]) -> ApplicationSettings:
    app.config.update(_for_quart(ApplicationSettings()))
    take_environment(app.config)
    for name, meant in unknown(config.keys() - app.config.keys()).items():
        # Else it may be the caller's own; and Session(app) tells of those that begin like its own.
        if meant and not name.startswith("SESSION_"):
            log.warning(no_setting(name, meant))
    app.config.update(config)
    # These pages know which entry names the owner, and believe who types a name.
    app.config.setdefault("SESSION_OWNER_KEY", LOGIN_OWNER_KEY)
    app.config.setdefault("LOGIN_MODE", "name")
    settings = ApplicationSettings.from_config(app.config)
    ServerSettings.from_config(app.config)  # checked here, with all others
    app.config.update(_for_quart(settings))
    return settings


def _for_quart(settings: ApplicationSettings) -> dict[str, Any]:
    """Quart's own settings where our defaults differ, or where it takes what cannot work."""
    return {
        "MAX_CONTENT_LENGTH": settings.max_content_length,
        "BODY_TIMEOUT": settings.body_timeout.total_seconds(),
        "RESPONSE_TIMEOUT": settings.response_timeout.total_seconds(),
        "SECRET_KEY_FALLBACKS": list(settings.secret_key_fallbacks) or None,
    }
