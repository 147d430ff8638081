"""Makes the database, or brings it up to date, before the first call; no server that hangs holds a
start for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from quart_app.accounts.storage import migrating
from quart_app.accounts.storage.backend import WRITES, Backend
from quart_app.accounts.storage.call import Call
from quart_app.accounts.storage.tables import ACCOUNTS
from quart_app.errors import AccountsUnavailable, ConfigurationError

T = TypeVar("T")

# Longer than a call may take: nobody waits at a page.
LOOKED_AT_WITHIN = timedelta(seconds=5)
# With waiting for others who migrate. Service managers give a start a minute and a half.
MIGRATED_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class State:
    """What a start will find."""

    is_made: bool
    is_up_to_date: bool
    has_accounts: bool


class Preparing:
    """Once for a process, whichever of its threads comes first."""

    def __init__(
        self,
        backend: Backend,
        *,
        versions: Sequence[Path] = migrating.VERSIONS,
        looked_at_within: timedelta = LOOKED_AT_WITHIN,
        migrated_within: timedelta = MIGRATED_WITHIN,
    ) -> None:
        self._backend = backend
        self._versions = versions
        self._looked_at_within = looked_at_within
        self._migrated_within = migrated_within
        self._one_at_a_time = threading.Lock()
        self._call: Call[Any] | None = None
        self.done = False

    def do(self) -> None:
        """Raises `AccountsUnavailable` where nobody knows what is to be done, and
        `ConfigurationError` where it is known, and cannot be."""
        with self._one_at_a_time:
            if self.done:
                return
            try:
                self._backend.make()
                look = partial(migrating.is_up_to_date, versions=self._versions)
                is_up_to_date = self._hurried(look, self._looked_at_within)
            except (SQLAlchemyError, self._backend.driver_error) as exc:
                raise AccountsUnavailable(self._backend.said(exc)) from exc
            if not is_up_to_date:
                self._migrate()
            self.done = True

    def state(self) -> State:
        """What there is; changes nothing. Raises the same as `do`."""
        if not self._backend.is_there():
            return State(is_made=False, is_up_to_date=False, has_accounts=False)
        try:
            return self._hurried(self._look, self._looked_at_within)
        except (SQLAlchemyError, self._backend.driver_error) as exc:
            raise AccountsUnavailable(self._backend.said(exc)) from exc

    def break_off(self) -> None:
        """Free the thread that is about it."""
        if (call := self._call) is not None:
            call.give_up(self._backend)

    def _look(self, connection: Connection) -> State:
        is_made = migrating.version_of(connection) is not None
        return State(
            is_made=is_made,
            is_up_to_date=migrating.is_up_to_date(connection, versions=self._versions),
            has_accounts=is_made
            and connection.execute(select(ACCOUNTS.c.id).limit(1)).first() is not None,
        )

    def _migrate(self) -> None:
        within = self._migrated_within
        try:
            self._hurried(self._upgrade, within)
        except (SQLAlchemyError, self._backend.driver_error) as exc:
            raise ConfigurationError(
                f"{self._backend.said(exc)}: the accounts' tables could not be made ready within "
                f"{within.total_seconds():g} s: have the database answer, let no other session "
                "hold these tables, and let its user change them; then start again"
            ) from exc

    def _upgrade(self, connection: Connection) -> None:
        self._backend.be_patient(connection, self._migrated_within)
        connection.detach()  # with its patience it is of no use to others
        connection.execution_options(**{WRITES: True})
        with connection.begin():
            self._backend.lock(connection, self._migrated_within)
            if not migrating.is_up_to_date(connection, versions=self._versions):
                migrating.upgrade(connection, versions=self._versions)

    def _hurried(self, function: Callable[[Connection], T], within: timedelta) -> T:
        """What it returns. What does not end in time is broken off from outside: a server that
        hangs keeps to none of its own limits."""
        call = self._call = Call(function, writes=False)
        timer = threading.Timer(within.total_seconds(), call.give_up, (self._backend,))
        timer.daemon = True
        timer.start()
        try:
            with call.connected(self._backend.engine) as connection:
                return function(connection)
        finally:
            timer.cancel()
            self._call = None
