"""What the two faces of this room share."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from quart_app.accounts.changing import Change
from quart_app.accounts.devices import Devices
from quart_app.accounts.hashing import Hashing
from quart_app.accounts.passwords import foreign
from quart_app.accounts.passwords.breach import BreachService
from quart_app.accounts.passwords.own import Argon2
from quart_app.accounts.passwords.rules import PasswordProblem, PasswordRules
from quart_app.accounts.storage.database import Database
from quart_app.accounts.words import Account, Client
from quart_app.errors import PasswordRefused
from quart_app.network import network_of
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
        """One of an account, a credential, a note."""
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

    async def hashed(self, password: str, *, of: str) -> str:
        """What is kept of a new password of this account. Raises `TooBusy`."""
        # Who sets one has proved something already.
        with self.hashing.place(known_to=of):
            return await self.hashing.run(partial(self.argon2.hash, password), known=True)

    def change_by(
        self, actor: str, *, client: Client | None = None, keep: str | None = None
    ) -> Change:
        """Who changes something now."""
        return Change(
            actor=actor,
            now=self.clock(),
            new_id=self.new_id,
            keep=keep,
            device=client.label if client else None,
            network=network_of(client.address) if client else None,
        )

    async def close(self) -> None:
        """Let go of all threads and connections; idempotent."""
        await self.hashing.close()
        if self.breaches is not None:
            await self.breaches.close()
        await self.database.close()
