"""Stands before every check of a secret: counts first, and lets through what may be looked at."""

from __future__ import annotations

from functools import partial
from math import ceil

from quart_app.accounts import guesses, signing_in
from quart_app.accounts.devices import Device
from quart_app.accounts.names import canonical_of
from quart_app.accounts.parts import Parts
from quart_app.accounts.refusals import Refusals
from quart_app.accounts.signing_in import Admitted, Guess, Proved
from quart_app.accounts.words import Client, Kind
from quart_app.errors import TooBusy, TooManyGuesses
from quart_app.network import network_of


class Gate:
    """Of one process; what is counted holds for all of them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.refusals = Refusals()

    async def check(
        self, name: str, password: str, *, client: Client, kind: Kind
    ) -> tuple[Admitted, Proved | None]:
        """Whose name and password these are, if anybody's; and the guess as it was counted. A name
        that does not exist costs as much. Raises `TooManyGuesses`; and `TooBusy`, and the guess was
        not counted then."""
        known = self._parts.devices.read(client.device_value)
        # First of all: what a flood is refused with is to cost next to nothing.
        with self._parts.hashing.place(known_to=known.account_id if known else None):
            guess = self._guess(name, client=client, known=known, kind=kind)
            self._verify_no_pause(guess)
            admitted = await self._begin(guess)
            is_right = await self._looked_at(admitted, password)
            return admitted, await self._conclude(admitted, password=password, is_right=is_right)

    async def admit(self, name: str, *, client: Client) -> Admitted:
        """Count a guess at a secret of another kind. Raises `TooManyGuesses`, for names that do not
        exist as for those that do."""
        known = self._parts.devices.read(client.device_value)
        guess = self._guess(name, client=client, known=known, kind=Kind.SIGN_IN)
        self._verify_no_pause(guess)
        return await self._begin(guess)

    async def proved(self, admitted: Admitted) -> None:
        """For whoever checks a secret of another kind: it was the right one."""
        await self._parts.database.write(signing_in.proved, admitted.buckets)

    def _verify_no_pause(self, guess: Guess) -> None:
        whos = _remembered_as(guess)
        if (seconds := self.refusals.wait(*whos, now=self._parts.clock())) > 0:
            raise TooManyGuesses(retry_after_seconds=ceil(seconds))

    async def _begin(self, guess: Guess) -> Admitted:
        now = self._parts.clock()
        outcome = await self._parts.database.write(signing_in.begin, guess, now=now)
        if isinstance(outcome, Admitted):
            return outcome
        whos = _remembered_as(guess)
        for bucket, seconds in outcome.waits.items():
            who = whos[-1] if bucket.limit is guesses.BY_NETWORK else whos[0]
            self.refusals.remember(who, seconds=seconds, now=now)
        raise TooManyGuesses(retry_after_seconds=ceil(max(outcome.waits.values())))

    async def _looked_at(self, admitted: Admitted, password: str) -> bool:
        stored = admitted.stored.secret if admitted.stored else self._parts.argon2.nobodys
        work = partial(self._parts.matches, stored, password)
        try:
            is_right = await self._parts.hashing.run(work, known=admitted.known is not None)
        except TooBusy:
            await self._parts.database.write(signing_in.forgo, admitted)
            raise
        return is_right and admitted.stored is not None

    async def _conclude(
        self, admitted: Admitted, *, password: str, is_right: bool
    ) -> Proved | None:
        rehashed = await self._rehashed(admitted, password) if is_right else None
        return await self._parts.database.write(
            signing_in.conclude,
            admitted,
            is_right=is_right,
            rehashed=rehashed,
            now=self._parts.clock(),
        )

    async def _rehashed(self, admitted: Admitted, password: str) -> str | None:
        """The password as it would be hashed today, if it is not. Not for a disabled account, where
        it would tell that the password was right."""
        account, stored = admitted.account, admitted.stored
        if stored is None or account is None or account.disabled_at is not None:
            return None
        if self._parts.argon2.is_current(stored.secret):
            return None
        try:
            return await self._parts.hashed(password, of=account.id)
        except TooBusy:
            return None  # there will be other sign-ins

    def _guess(self, name: str, *, client: Client, known: Device | None, kind: Kind) -> Guess:
        canonical = canonical_of(name)
        return Guess(
            kind=kind,
            name=canonical,
            nobodys=guesses.of_nobody(canonical, key=self._parts.key),
            network=network_of(client.address),
            known=known,
            device=client.label,
        )


def _remembered_as(guess: Guess) -> tuple[str, ...]:
    """Whom a pause may be remembered of. A device that a key of ours has signed has its own; what
    it guesses at elsewhere is remembered there too, so that it is no way round."""
    if guess.known is not None:
        return (f"device:{guess.known.id}",)
    return f"name:{guess.name}", f"network:{guess.network}"
