"""What `quart-app check` finds in the accounts' database, which it leaves as it is."""

from __future__ import annotations

import time
from collections.abc import Iterator

from quart import Quart

from quart_app.accounts.storage.preparing import State
from quart_app.cli.places import data_folder_of
from quart_app.errors import AccountsUnavailable, ConfigurationError
from quart_app.login.members import Members
from quart_app.settings import AccountsSettings, LoginSettings


async def members_found(app: Quart) -> list[str]:
    """A line for each thing to know before a start. Raises `ConfigurationError` where people could
    not sign in."""
    lets_in = LoginSettings.from_config(app.config).mode == "password"
    members = Members(app, clock=time.time, lets_in=lets_in)
    members.make(folder=data_folder_of(app), secret_keys=(app.secret_key or "",))
    try:
        return [*said_of(await members.accounts.state(), lets_in=lets_in)]
    except AccountsUnavailable as exc:
        is_elsewhere = AccountsSettings.from_config(app.config).database_url is not None
        cure = "start it, or set DATABASE_URL" if is_elsewhere else "try again, or set DATA_DIR"
        raise ConfigurationError(f"{exc}: {cure}") from exc
    finally:
        await members.accounts.close()


def said_of(state: State, *, lets_in: bool) -> Iterator[str]:
    """What is to know of this; nothing where all is as the code expects."""
    if not state.is_made:
        yield "their tables are not there yet: the next start makes them"
    elif not state.is_up_to_date:
        yield (
            "their tables are of an earlier version: the next start brings them up to date, and "
            "there is no way back but a copy of the database from before"
        )
    if lets_in and not state.has_accounts:
        yield "nobody has one yet: run quart-app accounts add NAME"
