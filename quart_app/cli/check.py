"""`quart-app check`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence

from quart import Quart

from quart_app.cli import logs
from quart_app.cli.advice import unwise
from quart_app.cli.in_force import DEFAULT, IMPLIED, in_force
from quart_app.cli.intent import Intent
from quart_app.cli.observed import address_of_metrics
from quart_app.cli.output import put, say
from quart_app.cli.places import data_folder_of, place_of_accounts, place_of_sessions
from quart_app.cli.target import application, require_shared_sessions
from quart_app.cli.versions import all_versions
from quart_app.errors import ConfigurationError, StoreUnavailable
from quart_app.scope import App
from quart_app.server import Address, AddressInUse
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.sessions.other_application import other_application
from quart_app.settings import SessionSettings

UNWISE = 3


def check(intent: Intent, *, is_strict: bool, in_json: bool) -> int:
    """Print what is configured and what is unwise; the exit status. Raises `ConfigurationError` if
    the application could not be served."""
    logs.keep_quiet()
    app = application(intent)
    found: dict[str, Sequence[str]] = {
        "configured otherwise than by default": [*_changed(intent, app)],
        **(_kept(app) if isinstance(app, Quart) else {}),
        "unwise": [*unwise(app, intent)],
    }
    if not in_json:
        say(all_versions())
        _list(found)
    intent.require_open()
    require_shared_sessions(app, intent)
    address_of_metrics(intent)
    in_use = _try_to_listen(intent.address)
    tried = {"shared": asyncio.run(_try_the_store(app)), **_try_the_accounts(app)}
    could = f"could serve on {intent.address.bind}{in_use}"
    if in_json:
        put(json.dumps({"versions": all_versions(), **found, **tried, "result": could}))
    else:
        _list(tried)
        say(could)
    return UNWISE if is_strict and (found["unwise"] or tried["shared"]) else 0


def _kept(app: Quart) -> dict[str, Sequence[str]]:
    sessions = SessionSettings.from_config(app.config)
    return {
        "kept": [
            f"data in {data_folder_of(app)}",
            f"sessions {place_of_sessions(app)}",
            *([f"accounts {accounts}"] if (accounts := place_of_accounts(app)) else []),
        ],
        "who is signed in is said by": [f"session[{key!r}]" for key in sessions.owner_keys or ()],
    }


def _try_the_accounts(app: App) -> dict[str, list[str]]:
    if not isinstance(app, Quart) or place_of_accounts(app) is None:
        return {}
    from quart_app.cli.members_found import members_found

    return {"accounts": asyncio.run(members_found(app))}


def _list(found: Mapping[str, Sequence[str]]) -> None:
    for head, lines in found.items():
        if lines:
            say(f"{head}:", *(f"  {line}" for line in lines))


def _changed(intent: Intent, app: App) -> Iterator[str]:
    for each in in_force(intent, app):
        is_said = each.origin not in (DEFAULT, IMPLIED)
        if is_said and not each.is_default:
            yield f"{each.name} = {each.shown}"


def _try_to_listen(address: Address) -> str:
    try:
        with address.listening(backlog=1):
            return ""
    except AddressInUse:
        # Most often by the very server whose configuration is looked at.
        return ", once what listens there now has stopped"


async def _try_the_store(app: App) -> list[str]:
    """What is wrong about who else uses the store."""
    interface = app.session_interface if isinstance(app, Quart) else None
    if not isinstance(app, Quart) or not isinstance(interface, ServerSideSessionInterface):
        return []
    try:
        await interface.store.check()
        trouble = await other_application(app, interface.store)
        return [] if trouble is None else [trouble]
    except StoreUnavailable as exc:
        raise ConfigurationError(f"{exc}: {interface.store.cure}") from exc
    finally:
        await interface.store.close()
