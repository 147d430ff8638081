"""What the two faces of this room share, made of the settings."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from quart_app.accounts.devices import Devices
from quart_app.accounts.hashing import Hashing, threads_of_each
from quart_app.accounts.passwords import foreign
from quart_app.accounts.passwords.breach import BreachService
from quart_app.accounts.passwords.lists import common_passwords, listed_in
from quart_app.accounts.passwords.own import Argon2
from quart_app.accounts.passwords.rules import PasswordProblem, PasswordRules
from quart_app.accounts.storage.database import Database
from quart_app.accounts.storage.places import backend_at
from quart_app.accounts.words import Account
from quart_app.errors import PasswordRefused
from quart_app.settings import AccountsSettings

Clock = Callable[[], float]
_TOKEN_BYTES = 32
_ID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The database, the pool of hashes, the rules; and where time and randomness come from."""

    database: Database
    hashing: Hashing
    rules: PasswordRules
    devices: Devices
    key: bytes
    settings: AccountsSettings
    breaches: BreachService | None = None
    argon2: Argon2 = field(default_factory=Argon2)
    clock: Clock = time.time
    randomness: Callable[[int], bytes] = secrets.token_bytes

    def new_id(self) -> str:
        return self.randomness(_ID_BYTES).hex()

    def new_token(self) -> str:
        """One to be mailed: of letters and digits only, so that it survives being clicked."""
        return self.randomness(_TOKEN_BYTES).hex()

    def matches(self, stored: str, password: str) -> bool:
        """Whether it is the password of a hash of any kind. Slow."""
        if stored.startswith("$argon2id$"):
            return self.argon2.matches(stored, password)
        key = self.settings.password_import_salt
        return foreign.matches(stored, password, key=key.encode() if key else None)

    async def verify_new(self, password: str, *, account: Account, is_alone: bool) -> None:
        """Raises `PasswordRefused` for one that is not to be set."""
        names = (account.shown, account.name, account.mail or "")
        self.rules.verify(password, names=names, is_alone=is_alone)
        if self.breaches is not None and await self.breaches.knows(password):
            raise PasswordRefused(PasswordProblem.BREACHED)

    async def hashed(self, password: str) -> str:
        """What is kept of a new password. Raises `TooBusy`."""
        # Who sets one has proved something already.
        with self.hashing.place(known=True):
            return await self.hashing.run(partial(self.argon2.hash, password), known=True)

    async def close(self) -> None:
        await self.hashing.close()
        if self.breaches is not None:
            await self.breaches.close()
        await self.database.close()


def parts_of(
    settings: AccountsSettings,
    *,
    folder: Path,
    keys: Sequence[bytes],
    site_names: Sequence[str] = (),
    workers: int = 1,
    clock: Clock = time.time,
) -> Parts:
    """As the settings say. Raises `ConfigurationError`."""
    backend = backend_at(settings.database_url, folder=folder, timeout=settings.database_timeout)
    blocklist = settings.password_blocklist
    url = settings.password_breach_url
    return Parts(
        database=Database(backend, timeout=settings.database_timeout),
        hashing=Hashing(threads=settings.hashing_threads or threads_of_each(workers)),
        rules=PasswordRules(
            site_names=site_names,
            blocklist=listed_in(blocklist) if blocklist else frozenset(),
            common=common_passwords(),
        ),
        devices=Devices(keys),
        key=keys[0],
        settings=settings,
        breaches=BreachService(url) if url else None,
        clock=clock,
    )
