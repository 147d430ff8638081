"""An application in the place of one that is served: it keeps data where that does, and serves
nobody."""

from __future__ import annotations

from dataclasses import dataclass

from quart import Quart

from quart_app.app import create_app
from quart_app.cli import logs
from quart_app.cli.intent import Asked, Intent
from quart_app.cli.places import data_folder_of
from quart_app.cli.target import imported
from quart_app.errors import ConfigurationError
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.settings.names import OURS

# It signs nothing, so it makes none in the data folder.
_NO_KEY = "-" * 32


class TwoPlaces(ConfigurationError):
    """An application says itself where its data is kept."""

    exit_status = 2  # as for any other wrong use of an option


@dataclass(frozen=True, slots=True)
class StandIn:
    """It has no accounts, since those would look after what is left to servers, and nothing of the
    other's own but its settings and its store."""

    app: Quart
    asks_passwords: bool
    """Whether the one that is served does."""

    @classmethod
    def at(cls, place: Asked) -> StandIn:
        """For what a command was told, which logs only what goes wrong. Raises
        `ConfigurationError`."""
        logs.keep_quiet()
        if place.target is not None and (place.data_dir or place.config_file):
            raise TwoPlaces(
                f"{place.target} says itself where its data is: leave out --data-dir and --config"
            )
        return cls.of(Intent.of(place))

    @classmethod
    def of(cls, intent: Intent) -> StandIn:
        """For the one that would be served. Raises `ConfigurationError`."""
        config, store = intent.config, None
        if intent.target is not None:
            own = _own(intent.target)
            # Also what it has not: the environment is not to say that.
            config = {name: own.config.get(name) for name in OURS}
            config["DATA_DIR"] = data_folder_of(own)
            interface = own.session_interface
            if isinstance(interface, ServerSideSessionInterface):
                store = interface.store
        app = create_app({**config, "LOGIN_MODE": "name", "SECRET_KEY": _NO_KEY}, store=store)
        # A start would note that the sessions are this application's.
        app.before_serving_funcs.clear()
        return cls(app, asks_passwords=config.get("LOGIN_MODE") == "password")


def kept_by_itself(app: Quart) -> bool:
    """Whether no other process has its sessions."""
    interface = app.session_interface
    if not isinstance(interface, ServerSideSessionInterface):
        return True
    return isinstance(interface.store, MemoryStore)


def _own(target: str) -> Quart:
    app = imported(target)
    if not isinstance(app, Quart):
        raise ConfigurationError(f"{target} is no Quart application, so its data is not known")
    return app
