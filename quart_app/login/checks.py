"""Calls an application's own check: so many at once, and so many that wait, for so long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from inspect import Signature, iscoroutinefunction, isroutine, signature
from typing import Any, cast

from quart_app.errors import ConfigurationError
from quart_app.login.account import Account

Check = Callable[[str, str], Awaitable[str | Account | None]]

WAITING_FOR_EACH = 16
_CURE = "write it as `async def check(name: str, password: str)`"


class Busy(Exception):
    """Too many wait already, or it took too long until it was this one's turn."""


class Checks:
    """A check that may be slow."""

    def __init__(self, check: Check, *, at_once: int, wait: timedelta) -> None:
        self._check = check
        self._turns = asyncio.Semaphore(at_once)
        self._most_waiting = WAITING_FOR_EACH * at_once
        self._waiting = 0
        self._wait_seconds = wait.total_seconds()

    async def __call__(self, name: str, password: str) -> Account | None:
        """Who it is; `None` for all that is wrong. Raises `Busy`, and what the check raises."""
        async with self._turn():
            found: object = await self._check(name, password)
        if isinstance(found, str):
            found = Account(id=found, name=found)
        if found is None or (isinstance(found, Account) and found):
            return found
        raise TypeError(
            f"check returned a {type(found).__name__}: it is to return a name, an Account with an "
            "id, or None"
        )

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._turns.locked() and self._waiting >= self._most_waiting:
            raise Busy
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._turns.acquire()
        except TimeoutError as exc:
            raise Busy from exc
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()


def verified(check: Any) -> Check:
    """The check, if it can be one. Raises `ConfigurationError`."""
    call = check if isroutine(check) else getattr(type(check), "__call__", None)  # noqa: B004
    if not iscoroutinefunction(call) and not iscoroutinefunction(check):
        raise ConfigurationError(f"Login(check=…) takes a function that is awaited: {_CURE}")
    if not _takes_two(signature(check)):
        raise ConfigurationError(
            f"check{signature(check)} is called with a name and a password: {_CURE}"
        )
    return cast(Check, check)


def _takes_two(parameters: Signature) -> bool:
    try:
        parameters.bind("name", "password")
    except TypeError:
        return False
    return True
