"""The face of this room for whoever signs people in: `Accounts`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Self

from quart_app.accounts import changing
from quart_app.accounts.devices import Devices
from quart_app.accounts.gate import Gate
from quart_app.accounts.hashing import Hashing, threads_of_each
from quart_app.accounts.names import canonical_of, mail_from
from quart_app.accounts.parts import Clock, Parts
from quart_app.accounts.passwords.breach import BreachService
from quart_app.accounts.passwords.lists import common_passwords, listed_in
from quart_app.accounts.passwords.rules import PasswordRules
from quart_app.accounts.signing_in import Admitted
from quart_app.accounts.storage import accounts, attempts, endings, events, tokens
from quart_app.accounts.storage.database import Database
from quart_app.accounts.storage.places import backend_at
from quart_app.accounts.storage.preparing import State
from quart_app.accounts.words import (
    VISITOR,
    Account,
    Changed,
    Client,
    EndingNote,
    Kind,
    Purpose,
    Redeemed,
    SignedIn,
)
from quart_app.errors import BadCredentials, NoSuchAccount
from quart_app.settings import AccountsSettings

SWEPT_AT_ONCE = 500
_DAY_SECONDS = 86_400


class Accounts:
    """Every call may raise `AccountsUnavailable`, and has changed nothing then unless that says so.
    What ends everything of an account returns `Changed`, whose note is to be done with."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._gate = Gate(parts)

    @classmethod
    def from_settings(
        cls,
        settings: AccountsSettings,
        *,
        folder: Path,
        keys: Sequence[bytes],
        site_names: Sequence[str] = (),
        workers: int = 1,
        clock: Clock = time.time,
    ) -> Self:
        """Those in this folder, or where the settings say. The first key signs what browsers keep,
        the others still count. Raises `ConfigurationError`; does no I/O but for the blocklist."""
        backend = backend_at(
            settings.database_url, folder=folder, timeout=settings.database_timeout
        )
        blocklist, breaches = settings.password_blocklist, settings.password_breach_url
        parts = Parts(
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
            breaches=BreachService(breaches) if breaches else None,
            clock=clock,
        )
        return cls(parts)

    async def open(self) -> None:
        """Make or migrate the database. Raises `ConfigurationError` if that cannot be."""
        await self.parts.database.open()

    async def state(self) -> State:
        """What `open` will find; makes and changes nothing. Raises the same, and
        `AccountsUnavailable`."""
        return await self.parts.database.state()

    async def close(self) -> None:
        """Let go of all threads and connections; idempotent."""
        await self.parts.close()

    def verify_place(self) -> None:
        """Raises `TooBusy` if a stranger's password would not be looked at now."""
        with self.parts.hashing.place(known_to=None):
            pass

    def knows(self, device_value: str | None) -> bool:
        """Whether a browser that keeps this has signed in before."""
        return self.parts.devices.read(device_value) is not None

    async def sign_in(self, name: str, *, password: str, client: Client) -> SignedIn:
        """Whose name and password these are. Raises `TooManyGuesses`, `TooBusy`, and for all that
        is not right `BadCredentials`."""
        return await self._proved(name, password=password, client=client, kind=Kind.SIGN_IN)

    async def prove(self, account_id: str, *, password: str, client: Client) -> SignedIn:
        """The same for one who is signed in, and is asked again."""
        account = await self.by_id(account_id)
        name = account.name if account else ""
        proved = await self._proved(name, password=password, client=client, kind=Kind.PROOF)
        if proved.account.id != account_id:
            raise BadCredentials
        return proved

    async def admit(self, name: str, *, client: Client) -> Admitted:
        """Before a check of one's own: count a guess. Raises `TooManyGuesses`."""
        return await self._gate.admit(name, client=client)

    async def proved(self, admitted: Admitted) -> None:
        """After it, if it was right: the guess does not count."""
        await self._gate.proved(admitted)

    @property
    def refused_from_memory(self) -> int:
        """How many guesses were refused without asking the database."""
        return self._gate.refusals.count

    async def change_password(
        self, account_id: str, *, current: str, new: str, client: Client, keep: str | None
    ) -> Changed:
        """By its owner, who goes on in one session. Raises `PasswordRefused`, `BadCredentials`,
        `TooManyGuesses`, `TooBusy` and `NoSuchAccount`."""
        if (account := await self.by_id(account_id)) is None:
            raise NoSuchAccount
        await self.parts.verify_new(new, account=account, is_alone=True)
        admitted, proved = await self._gate.check(
            account.name, current, client=client, kind=Kind.PROOF
        )
        if proved is None or proved.account.id != account_id or admitted.stored is None:
            raise BadCredentials
        change = self.parts.change_by(account_id, client=client, keep=keep)
        return await self._changed(
            partial(
                changing.set_password,
                secret=await self.parts.hashed(new, of=account_id),
                change=change,
                instead_of=admitted.stored.id,
            ),
            account_id,
        )

    async def reset_password(self, token: str, *, new: str, client: Client) -> Changed:
        """By a token that was mailed; all sessions are to end. Raises `TokenRefused`,
        `PasswordRefused`, with which the token stays good, and `TooBusy`."""
        now = self.parts.clock()
        account = await self.parts.database.read(changing.account_of_reset, token, now=now)
        await self.parts.verify_new(new, account=account, is_alone=True)
        secret = await self.parts.hashed(new, of=account.id)
        change = self.parts.change_by(VISITOR, client=client)
        return await self._changed(
            partial(changing.reset_password, secret=secret, change=change), token
        )

    async def confirm_mail(
        self, token: str, *, signed_in_as: str | None, client: Client, keep: str | None = None
    ) -> Changed:
        """The address that this token was sent to is the account's. In a browser that is not signed
        in to it, an account that had confirmed none loses its password: whoever set that need not
        have the address. Raises `TokenRefused` and `NameTaken`."""
        change = self.parts.change_by(VISITOR, client=client, keep=keep)
        return await self._changed(
            partial(changing.confirm_mail, signed_in_as=signed_in_as, change=change), token
        )

    async def issue_token(
        self, purpose: Purpose, *, account_id: str | None, sent_to: str | None, actor: str
    ) -> str:
        """A token to be mailed; it is kept hashed, is good once, and for this address. Raises
        `NoSuchAccount`, and `NameRefused` for what is no address."""
        token = self.parts.new_token()
        await self.parts.database.write(
            changing.issue_token,
            token,
            purpose=purpose,
            account_id=account_id,
            sent_to=None if sent_to is None else mail_from(sent_to),
            change=self.parts.change_by(actor),
        )
        return token

    async def redeem(self, token: str, *, purpose: Purpose) -> Redeemed:
        """What it was bound to; it is used up. Raises `TokenRefused`."""
        now = self.parts.clock()
        return await self.parts.database.write(tokens.take, token, purpose=purpose, now=now)

    async def end_everything_of(
        self, account_id: str, *, client: Client, keep: str | None = None
    ) -> Changed:
        """Because its owner asks for it. Raises `NoSuchAccount`."""
        change = self.parts.change_by(account_id, client=client, keep=keep)
        return await self._changed(partial(changing.end, change=change), account_id)

    async def pending_endings(self, *, most: int = 100) -> list[EndingNote]:
        """Notes that no process has done with, the oldest first."""
        return await self.parts.database.read(endings.pending, most=most)

    async def ending_done(self, ending: EndingNote) -> None:
        """The sessions have ended; idempotent."""
        await self.parts.database.write(endings.done, ending.id)

    async def epoch_of(self, account_id: str) -> int | None:
        """To be read once a session is made: if it is not that of the sign-in, everything was ended
        meanwhile. `None` for an account that is gone or disabled."""
        return await self.parts.database.read(accounts.epoch_of, account_id)

    async def by_id(self, account_id: str) -> Account | None:
        """The account with this id."""
        return await self.parts.database.read(accounts.by_id, account_id)

    async def by_name(self, name: str) -> Account | None:
        """The account with this name, however it is typed."""
        return await self.parts.database.read(accounts.by_name, canonical_of(name))

    async def by_mail(self, mail: str) -> Account | None:
        """The account that has confirmed this address. Raises `NameRefused`."""
        return await self.parts.database.read(accounts.by_mail, mail_from(mail))

    async def sweep(self) -> int:
        """Remove a little of what is old: events, tokens, counts. How much it was."""
        now, write = self.parts.clock(), self.parts.database.write
        kept = now - self.parts.settings.audit_days * _DAY_SECONDS
        swept = await write(events.sweep, before=kept, most=SWEPT_AT_ONCE)
        swept += await write(tokens.sweep, now=now, most=SWEPT_AT_ONCE)
        return swept + await write(attempts.sweep, now=now, most=SWEPT_AT_ONCE)

    async def _proved(self, name: str, *, password: str, client: Client, kind: Kind) -> SignedIn:
        admitted, proved = await self._gate.check(name, password, client=client, kind=kind)
        if proved is None:
            raise BadCredentials
        account = proved.account
        value = self.parts.devices.value_for(account.id, epoch=account.epoch, known=admitted.known)
        return SignedIn(account=account, device_value=value, to_end=proved.to_end)

    async def _changed(
        self, function: Callable[..., tuple[Account, EndingNote]], subject: str
    ) -> Changed:
        account, ending = await self.parts.database.write(function, subject)
        value = self.parts.devices.value_for(account.id, epoch=account.epoch)
        return Changed(account=account, ending=ending, device_value=value)
