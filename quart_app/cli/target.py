"""The application that is served: the login pages, or `module:app` of the operator's own."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from quart import Quart

from quart_app.app import create_app
from quart_app.cli.intent import Intent
from quart_app.errors import ConfigurationError
from quart_app.login.sign_ins import EXTENSION
from quart_app.login.stages import ByName
from quart_app.scope import App
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.sessions.stores.memory import MemoryStore


def application(intent: Intent) -> App:
    """The application to be served. Raises `ConfigurationError`; `NeedsOpen` for an operator's own
    whose login believes any name, where other machines could reach it."""
    if intent.target is None:
        return create_app(intent.config)
    app = imported(intent.target)
    if isinstance(app, Quart) and _believes_names(app):
        intent.require_open_for_names()
    return app


def require_shared_sessions(app: App, intent: Intent) -> None:
    """Raises `ConfigurationError` for several workers, each with sessions of its own."""
    interface = app.session_interface if isinstance(app, Quart) else None
    store = interface.store if isinstance(interface, ServerSideSessionInterface) else None
    if intent.server.workers > 1 and isinstance(store, MemoryStore):
        raise ConfigurationError(
            "SESSION_TYPE is memory, which workers do not share: set it to filesystem, or WORKERS "
            "to 1"
        )


def folder_of(target: str) -> Path:
    """Where Python has found its code, once it was imported."""
    top = sys.modules[target.partition(":")[0].partition(".")[0]]
    packages = [*getattr(top, "__path__", ())]
    return Path(packages[0] if packages else top.__file__ or "").absolute().parent


def _believes_names(app: Quart) -> bool:
    sign_ins = app.extensions.get(EXTENSION)
    return sign_ins is not None and any(isinstance(each, ByName) for each in sign_ins.stages)


def imported(target: str) -> App:
    """The application of this name. Raises `ConfigurationError`."""
    module, _, name = target.partition(":")
    # As Python does for a program that lies there.
    sys.path.insert(0, os.getcwd())
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as exc:
        if exc.name is None or not f"{module}.".startswith(f"{exc.name}."):
            raise  # one that it imports itself
        raise ConfigurationError(f"there is no module {module}: say it as module:app") from exc
    app: Any = found
    for part in (name or "app").removesuffix("()").split("."):
        if (app := getattr(app, part, None)) is None:
            raise ConfigurationError(f"{module} has no {name or 'app'}: say it as module:app")
    if name.endswith("()"):
        app = app()
    if not callable(app):
        raise ConfigurationError(f"{target} is no ASGI application: name one")
    asgi: App = app
    return asgi
