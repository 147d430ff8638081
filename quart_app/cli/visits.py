"""Does what `quart-app sessions` is asked; each returns the exit status, and raises
`ConfigurationError`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress

from quart import Quart

from quart_app.cli.intent import Asked
from quart_app.cli.logs import moment
from quart_app.cli.output import complain, escaped, put, say
from quart_app.cli.stand_in import StandIn, kept_by_itself
from quart_app.errors import ConfigurationError, StoreUnavailable
from quart_app.sessions import Record, interface_of
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.sessions.stores.filesystem import FilesystemStore

NO_SUCH, BUSY = 3, 4
SWEPT_AT_ONCE = 1_000
Work = Callable[[ServerSideSessionInterface, str], Awaitable[int | None]]


def show_all(*, name: str, in_json: bool, place: Asked) -> int:
    async def work(interface: ServerSideSessionInterface, owner: str) -> None:
        for record in await interface.owned_by(owner):
            put(_object(record) if in_json else escaped(_line(record)))

    return _run_for(name, work, StandIn.at(place))


def end(*, name: str, key: str | None, place: Asked) -> int:
    async def work(interface: ServerSideSessionInterface, owner: str) -> int | None:
        if key is None:
            say(f"{len(await interface.delete_owned_by(owner))} ended")
            return None
        if key not in {record.key for record in await interface.owned_by(owner)}:
            complain("there is no such session")
            return NO_SUCH
        await interface.end(key)
        say("1 ended")
        return None

    found = StandIn.at(place)
    if key is None and found.asks_passwords:
        from quart_app.cli import office

        # As its owner does it: in the audit, and for sign-ins under way as well.
        return office.end_everything_of(name, app=found.app)
    return _run_for(name, work, found)


def sweep(*, place: Asked) -> int:
    async def work(interface: ServerSideSessionInterface, owner: str) -> None:
        removed, is_finished = 0, False
        while not is_finished:
            swept = await interface.store.sweep(budget=SWEPT_AT_ONCE)
            removed, is_finished = removed + swept.removed, swept.finished
        say(f"{removed} removed")

    return _run(work, StandIn.at(place).app, owner="", if_none=0)


def _run_for(name: str, work: Work, found: StandIn) -> int:
    owner = name
    if found.asks_passwords:
        from quart_app.cli import office

        status, owner = office.id_of(name, app=found.app)
        if status:
            return status
    return _run(work, found.app, owner=owner)


def _run(work: Work, app: Quart, *, owner: str, if_none: int = NO_SUCH) -> int:
    if kept_by_itself(app):
        raise ConfigurationError(
            "SESSION_TYPE is memory or cookie: no other process has those sessions"
        )
    interface = interface_of(app)
    store = interface.store
    # What must not be looked into is refused below, with the cure.
    with suppress(PermissionError):
        if isinstance(store, FilesystemStore) and not store.root.exists():
            complain(f"there are no sessions {store.place}: name another place")
            return if_none

    async def working() -> int | None:
        await app.startup()
        try:
            return await work(interface, owner)
        finally:
            await app.shutdown()  # when the servers' open pages have been told

    try:
        return asyncio.run(working()) or 0
    except StoreUnavailable as exc:
        complain(f"not now: {exc}")
        return BUSY


def _object(record: Record) -> str:
    return json.dumps(
        {
            "key": record.key,
            "device": record.device,
            "created_at": record.created_at,
            "seen_at": record.seen_at,
        }
    )


def _line(record: Record) -> str:
    return f"{record.key}  {record.device or '-'}  seen {moment(record.seen_at)}"
