"""`quart-app check`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator
from typing import Any

from quart import Quart

from quart_app.app import create_app
from quart_app.cli import logs
from quart_app.cli.advice import unwise
from quart_app.cli.intent import Intent
from quart_app.cli.output import say
from quart_app.cli.places import place_of_sessions, without_password
from quart_app.cli.versions import all_versions
from quart_app.errors import ConfigurationError, StoreUnavailable
from quart_app.server import Address, AddressInUse
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.sessions.other_application import other_application
from quart_app.settings import ApplicationSettings, LiveSettings, ServerSettings, SessionSettings
from quart_app.settings.folders import data_folder
from quart_app.settings.parsing import declared

# Not the operator's doing, unless the environment has it: a key is made at the first start, which
# hosts are trusted follows from the address, and the pages know which entry names the owner.
_MADE_BY_US = ("SECRET_KEY", "TRUSTED_HOSTS", "SESSION_OWNER_KEY")


def check(intent: Intent) -> int:
    """Print what is configured and what is unwise. Raises `ConfigurationError` if the application
    could not be served."""
    logs.set_up(verbosity=intent.verbosity, quietest=logging.ERROR)
    app = create_app(intent.config)
    say(all_versions())
    _list("configured otherwise than by default:", _changed(app, intent))
    folder = data_folder(SessionSettings.from_config(app.config), instance_path=app.instance_path)
    _list("kept:", [f"data in {folder}", f"sessions {place_of_sessions(app)}"])
    owner_keys = SessionSettings.from_config(app.config).owner_keys or ()
    _list("who is signed in is said by:", [f"session[{key!r}]" for key in owner_keys])
    _list("unwise:", unwise(app, intent))
    intent.require_open()
    intent.require_shared_sessions()
    in_use = _try_to_listen(intent.address)
    _list("shared:", asyncio.run(_try_the_store(app)))
    say(f"could serve on {intent.address.bind}{in_use}")
    return 0


def _list(head: str, lines: Iterable[str]) -> None:
    if shown := [f"  {line}" for line in lines]:
        say(head, *shown)


def _changed(app: Quart, intent: Intent) -> Iterator[str]:
    for cls in (ApplicationSettings, LiveSettings, ServerSettings, SessionSettings):
        settings = cls.from_config(app.config)
        for item in declared(cls):
            name = item.metadata["name"]
            if name in _MADE_BY_US and not intent.environment.get(name):
                continue
            if name == "SECRET_KEY":
                yield f"{name} = (set, not shown)"
            elif getattr(settings, item.name) != item.default and app.config.get(name) is not None:
                yield f"{name} = {_shown(name, app.config[name])}"


def _shown(name: str, value: Any) -> str:
    match name:
        case "BIND" if isinstance(value, list):
            return ", ".join(value)
        case "SESSION_URI":
            return without_password(str(value))
        case "SESSION_REDIS":
            # What a Redis client says of itself may have its password in it.
            return type(value).__name__
    return value if isinstance(value, str) else repr(value)


def _try_to_listen(address: Address) -> str:
    try:
        with address.listening(backlog=1):
            return ""
    except AddressInUse:
        # Most often by the very server whose configuration is looked at.
        return ", once what listens there now has stopped"


async def _try_the_store(app: Quart) -> list[str]:
    """What is wrong about who else uses the store."""
    interface = app.session_interface
    if not isinstance(interface, ServerSideSessionInterface):
        return []
    try:
        await interface.store.check()
        trouble = await other_application(app, interface.store)
        return [] if trouble is None else [trouble]
    except StoreUnavailable as exc:
        is_redis = SessionSettings.from_config(app.config).type == "redis"
        cure = "start it, or set SESSION_URI" if is_redis else "try again, or set DATA_DIR"
        raise ConfigurationError(f"{exc}: {cure}") from exc
    finally:
        await interface.store.close()
