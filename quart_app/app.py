"""The order in which the parts of the application are joined, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from quart import Quart

from quart_app import web
from quart_app.errors import ConfigurationError
from quart_app.live import Live
from quart_app.observing.events import log_events
from quart_app.sessions import Session, Store
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.sessions.stores.base import Clock
from quart_app.settings import (
    LOGIN_OWNER_KEY,
    ApplicationSettings,
    LiveSettings,
    ServerSettings,
    SessionSettings,
    secret_key,
)
from quart_app.settings.folders import data_folder
from quart_app.web import resources
from quart_app.web.quick_quart import QuickQuart


def create_app(
    config: Mapping[str, Any] | None = None,
    *,
    store: Store | None = None,
    clock: Clock = time.time,
) -> Quart:
    """The login pages. Settings come from `QUART_…` variables, and from this mapping, which wins.
    Raises `ConfigurationError`."""
    app = QuickQuart(
        "quart_app",
        template_folder=str(resources.folder("templates")),
        static_folder=str(resources.folder("static")),
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.config.update(_for_quart(ApplicationSettings()))
    try:
        app.config.from_prefixed_env()
    except TypeError as exc:
        raise ConfigurationError(
            "a QUART_ variable with __ in its name goes into a setting that is no mapping: unset it"
        ) from exc
    app.config.update(config or {})
    # These pages know which entry names the owner: nothing has to be guessed.
    app.config.setdefault("SESSION_OWNER_KEY", LOGIN_OWNER_KEY)
    settings = ApplicationSettings.from_config(app.config)
    ServerSettings.from_config(app.config)  # checked here, with all others
    app.config.update(_for_quart(settings))
    sessions = SessionSettings.from_config(app.config)
    folder = data_folder(sessions, instance_path=app.instance_path)
    app.secret_key = settings.secret_key or secret_key.kept_in(folder)
    Session(store=store, clock=clock).init_app(app)
    web.join(app, settings, sessions, _live(app))
    log_events()
    return app


def _live(app: Quart) -> Live | None:
    # A signed cookie is no session that a server could end.
    has_sessions = isinstance(app.session_interface, ServerSideSessionInterface)
    return Live(app) if has_sessions and LiveSettings.from_config(app.config).live else None


def _for_quart(settings: ApplicationSettings) -> dict[str, Any]:
    """Quart's own settings where our defaults differ, or where it takes what cannot work."""
    return {
        "MAX_CONTENT_LENGTH": settings.max_content_length,
        "BODY_TIMEOUT": settings.body_timeout.total_seconds(),
        "RESPONSE_TIMEOUT": settings.response_timeout.total_seconds(),
        "SECRET_KEY_FALLBACKS": list(settings.secret_key_fallbacks) or None,
    }
