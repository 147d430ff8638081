"""Counts guesses where the accounts are, for all workers and machines together. Needs the extra
`accounts`."""

from __future__ import annotations

from functools import partial

from quart_app.accounts import Client
from quart_app.errors import TooManyGuesses
from quart_app.login.attempts import Attempt, Slowed, Succeeded
from quart_app.login.members import Members


class SharedLimiter:
    """For an application's own check: see `Limiter`."""

    def __init__(self, members: Members) -> None:
        self._members = members

    async def admit(self, attempt: Attempt) -> Succeeded:
        """See `Limiter`. Raises `AccountsUnavailable` too."""
        accounts = self._members.accounts
        try:
            admitted = await accounts.admit(attempt.name, client=Client(address=attempt.address))
        except TooManyGuesses as exc:
            raise Slowed(retry_after=exc.retry_after_seconds) from exc
        return partial(accounts.proved, admitted)
