"""Ends the sessions that accounts have left a note of, since those lie in another store.

| who                          | when                                                        |
|------------------------------|-------------------------------------------------------------|
| whoever made the change      | before it answers                                           |
| a sign-in that was under way | once its record is made: it takes itself back               |
| a sign-in that comes after   | before its record is made, so that none takes that for old  |
| any worker                   | every few seconds and at its start, what the others left    |
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from quart import Quart

from quart_app.accounts import Accounts, Changed, EndingNote
from quart_app.errors import AccountsUnavailable, StoreUnavailable, TakenBack
from quart_app.login.account import Account
from quart_app.sessions import interface_of
from quart_app.sessions.saving.visit import Writes

log = logging.getLogger(__name__)


class EndingNotes:
    """Of one application."""

    def __init__(self, app: Quart, accounts: Callable[[], Accounts]) -> None:
        """`accounts` says which, from the application's first start on."""
        self._app = app
        self._accounts = accounts
        self._changes = Writes()

    async def made(self, change: Coroutine[Any, Any, Changed]) -> Changed:
        """What came of a change, once the sessions that it ends have ended; both are done although
        the client hangs up meanwhile. Raises what the change does, and `StoreUnavailable`."""
        return await asyncio.shield(self._changes.begin(self._made(change)))

    async def drain(self) -> None:
        """Wait for the changes that are under way."""
        await self._changes.drain()

    async def _made(self, change: Coroutine[Any, Any, Changed]) -> Changed:
        changed = await change
        try:
            await self.end(changed.ending)
        except StoreUnavailable as exc:
            # The change stands. What is left to end, ends when the store is back.
            raise StoreUnavailable(str(exc), may_be_done=True) from exc
        return changed

    async def end_sessions(self, ending: EndingNote) -> None:
        """End the sessions, and leave the note to others. Raises `StoreUnavailable`."""
        interface = interface_of(self._app)
        await interface.delete_owned_by(ending.account_id, except_key=ending.keep)

    async def end(self, ending: EndingNote) -> None:
        """End the sessions, and take the note away. Raises `StoreUnavailable`, and the note is left
        for whoever takes it up."""
        await self.end_sessions(ending)
        try:
            await self._accounts().ending_done(ending)
        except AccountsUnavailable as exc:
            # The sessions have ended: whoever takes it up finds none of them.
            log.warning("note of ended sessions left: %s", exc, extra={"reason": str(exc)})

    async def take_up(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """End what others have left, or as much as can be done until then. Raises
        `StoreUnavailable` and `AccountsUnavailable`."""
        accounts = self._accounts()
        # A note is read just before it is followed: whoever signs in ends what there is to end of
        # its account, and an old note in hand would end that new session too.
        while not until() and (pending := await accounts.pending_endings(most=1)):
            await self.end_sessions(pending[0])
            await accounts.ending_done(pending[0])

    async def verify(self, account: Account, key: str) -> None:
        """A hook of sign-ins: if everything of the account was ended since its owner proved it,
        this session may have been made too late to end with the others. Raises `TakenBack`."""
        if account.epoch is None:
            return  # the application itself says who it is, and how it knows
        try:
            epoch = await self._accounts().epoch_of(account.id)
        except AccountsUnavailable as exc:
            log.error("sign-in taken back: %s", exc, extra={"reason": str(exc)})
            raise TakenBack("the accounts' database does not answer", code=503) from exc
        if epoch != account.epoch:
            raise TakenBack("everything of the account was ended meanwhile")
