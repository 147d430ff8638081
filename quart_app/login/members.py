"""The accounts of an application, from its first start on. Needs the extra `accounts`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path

from quart import Quart

from quart_app.accounts import Accounts
from quart_app.errors import AccountsUnavailable, ConfigurationError, Unavailable
from quart_app.login.endings import EndingNotes
from quart_app.login.sign_ins import Hook
from quart_app.settings import (
    AccountsSettings,
    ApplicationSettings,
    LoginSettings,
    ServerSettings,
)

log = logging.getLogger(__name__)

EXTENSION = "quart_app.accounts"

LOOKED_AFTER_EVERY_SECONDS = 5.0
SWEPT_EVERY = 12


class Members:
    """What the stages, the pages and a command line have of the accounts."""

    def __init__(self, app: Quart, *, clock: Callable[[], float], lets_in: bool) -> None:
        """Raises `ConfigurationError`."""
        self.lets_in = lets_in
        """Whether people sign in to them; else only guesses are counted there."""
        self._app = app
        self._clock = clock
        self._settings = AccountsSettings.from_config(app.config)
        self._accounts: Accounts | None = None
        self._looking_after: asyncio.Task[None] | None = None
        self._is_closing = asyncio.Event()
        self.endings = EndingNotes(app, lambda: self.accounts)

    def join(self) -> None:
        """Have them opened when the application starts, and let go of before its sessions are."""
        self._app.extensions[EXTENSION] = self
        self._app.before_serving(self.open)
        self._app.after_serving_funcs.insert(0, self.close)

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """What each sign-in has to pass."""
        return (self.endings.verify,) if self.lets_in else ()

    @property
    def accounts(self) -> Accounts:
        """Raises `ConfigurationError` before the first start."""
        if self._accounts is None:
            raise ConfigurationError("accounts are there from the application's first start on")
        return self._accounts

    def make(self, *, folder: Path, secret_keys: Sequence[str | bytes]) -> None:
        """Make them: reads the operator's list of passwords. Raises `ConfigurationError`."""
        config = self._app.config
        site_name = LoginSettings.from_config(config).site_name
        self._accounts = Accounts.from_settings(
            self._settings,
            folder=folder,
            keys=[key.encode() if isinstance(key, str) else key for key in secret_keys],
            site_names=(
                *([site_name] if site_name else []),
                *ApplicationSettings.from_config(config).trusted_hosts,
            ),
            workers=ServerSettings.from_config(config).workers,
            clock=self._clock,
        )

    async def open(self) -> None:
        """Make or migrate the database, and end what was left to end; a database that does not
        answer is asked again by whatever needs it. Raises `ConfigurationError`."""
        try:
            await self.accounts.open()
        except AccountsUnavailable as exc:
            log.warning("accounts not available yet: %s", exc, extra={"reason": str(exc)})
        self._is_closing = asyncio.Event()
        self._looking_after = asyncio.create_task(self._look_after())

    async def close(self) -> None:
        """Let go of them; idempotent."""
        # Not cancelled: a thread could be in the middle of a call.
        self._is_closing.set()
        if self._looking_after is not None:
            await asyncio.wait([self._looking_after])
        await self.endings.drain()
        await self.accounts.close()

    async def _look_after(self) -> None:
        """Whatever fails now is tried again: what is down comes back."""
        for turn in count():
            await _try(partial(self.endings.take_up, until=self._is_closing.is_set))
            if turn % SWEPT_EVERY == 0:
                await _try(self.accounts.sweep)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOKED_AFTER_EVERY_SECONDS):
                    await self._is_closing.wait()
                    return


async def _try(call: Callable[[], Awaitable[object]]) -> None:
    try:
        await call()
    except Unavailable as exc:
        log.info("accounts not looked after: %s", exc, extra={"reason": str(exc)})
    except Exception:
        log.exception("accounts not looked after")


def members_of(app: Quart) -> Members:
    """The application's. Raises `ConfigurationError` if it keeps no accounts."""
    found = app.extensions.get(EXTENSION)
    if not isinstance(found, Members):
        raise ConfigurationError("no accounts are kept here: set LOGIN_MODE to 'password'")
    return found
