"""Does what `quart-app sessions` is asked; each returns the exit status, and raises
`ConfigurationError`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from quart_app.app import create_app
from quart_app.cli import logs
from quart_app.cli.intent import Asked, Intent
from quart_app.cli.output import complain, say
from quart_app.errors import ConfigurationError, StoreUnavailable
from quart_app.sessions import Record
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.settings import SessionSettings

NO_SUCH, BUSY = 3, 4
SWEPT_AT_ONCE = 1_000
Work = Callable[[ServerSideSessionInterface, str], Awaitable[int | None]]


def show_all(*, name: str, in_json: bool, data_dir: str | None, config_file: str | None) -> int:
    async def work(interface: ServerSideSessionInterface, owner: str) -> None:
        for record in await interface.owned_by(owner):
            say(_object(record) if in_json else _line(record))

    return _run(work, name=name, data_dir=data_dir, config_file=config_file)


def end(*, name: str, key: str | None, data_dir: str | None, config_file: str | None) -> int:
    async def work(interface: ServerSideSessionInterface, owner: str) -> int | None:
        if key is None:
            say(f"{len(await interface.delete_owned_by(owner))} ended")
            return None
        if key not in {record.key for record in await interface.owned_by(owner)}:
            complain("there is no such session")
            return NO_SUCH
        await interface.end(key)
        return None

    intent = _intent(data_dir, config_file)
    if key is None and _asks_passwords(intent):
        from quart_app.cli import office

        # As its owner does it: in the audit, and for sign-ins under way as well.
        return office.end_everything_of(name=name, data_dir=data_dir, config_file=config_file)
    return _run(work, name=name, data_dir=data_dir, config_file=config_file)


def sweep(*, data_dir: str | None, config_file: str | None) -> int:
    async def work(interface: ServerSideSessionInterface, owner: str) -> None:
        removed, is_finished = 0, False
        while not is_finished:
            swept = await interface.store.sweep(budget=SWEPT_AT_ONCE)
            removed, is_finished = removed + swept.removed, swept.finished
        say(f"{removed} removed")

    return _run(work, name=None, data_dir=data_dir, config_file=config_file)


def _run(work: Work, *, name: str | None, data_dir: str | None, config_file: str | None) -> int:
    logs.keep_quiet()
    intent = _intent(data_dir, config_file)
    if (kind := SessionSettings.from_config(intent.config).type) in ("memory", "cookie"):
        raise ConfigurationError(f"SESSION_TYPE is {kind}: no other process has those sessions")
    owner = name or ""
    if name is not None and _asks_passwords(intent):
        from quart_app.cli import office

        status, owner = office.id_of(name=name, data_dir=data_dir, config_file=config_file)
        if status:
            return status
    app = create_app({**intent.config, "LOGIN_MODE": "name"})

    async def working() -> int | None:
        interface = app.session_interface
        assert isinstance(interface, ServerSideSessionInterface)  # noqa: S101 - see above
        await app.startup()  # so that the servers' open pages hear of it
        try:
            return await work(interface, owner)
        finally:
            await app.shutdown()

    try:
        return asyncio.run(working()) or 0
    except StoreUnavailable as exc:
        complain(f"not now: {exc}")
        return BUSY


def _intent(data_dir: str | None, config_file: str | None) -> Intent:
    return Intent.of(Asked(data_dir=data_dir, config_file=config_file))


def _asks_passwords(intent: Intent) -> bool:
    return intent.config.get("LOGIN_MODE") == "password"


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
    return f"{record.key}  {record.device or '-'}"
