"""A browser whose server may die at any moment, and what it must find by what was answered."""

from __future__ import annotations

import asyncio

from tests.races.browser import Browser, Network
from tests.races.tally import Tally
from tests.races.wire import Answer, Unanswered

WRITERS = 3
LEAVES_EACH = 8
# Long enough for a rotation to be under way, over, or not begun.
JITTER_SECONDS = 0.004
TRIES = 500
PAUSE_SECONDS = 0.02


class Shopper:
    """Signs in, renews its token while it writes, and leaves now and then."""

    def __init__(self, network: Network, name: str, tally: Tally) -> None:
        self.browser = Browser(network, name=f"browser of {name}")
        self.ended: list[str] = []
        """Tokens of sign-ins that ended by a sign-out which was answered."""
        self._name = name
        self._tally = tally
        self._turn = 0
        self._forget()

    async def go_on(self) -> None:
        """One round."""
        self._turn += 1
        if not self._is_signed_in:
            await self._enter()
        leaves = self._turn % LEAVES_EACH == 0
        renewed, left, *written = await asyncio.gather(
            self._try("/renew"),
            self._try("/logout") if leaves else _nothing(),
            *(self._try(f"/keep/field{number}/{self._value}") for number in range(WRITERS)),
        )
        for number, answer in enumerate(written):
            self._note(f"field{number}", answer)
        self._may_be_out |= renewed is None or (leaves and left is None)
        seen = await self._look()
        self._tally.rounds += 1
        if left is not None:
            self._check_left(seen)
        else:
            self._check_seen(seen)
            self._may_be_out &= renewed is None or (leaves and left is None)

    @property
    def _value(self) -> str:
        return f"{self._name}.{self._turn}"

    def _forget(self) -> None:
        self._is_signed_in = self._may_be_out = False
        self._answered: dict[str, str] = {}
        self._unsure: dict[str, set[str]] = {}
        self._first_token = len(self.browser.tokens)

    async def _enter(self) -> None:
        self._forget()
        for _ in range(TRIES):
            try:
                await self.browser.sign_in(self._name)
                break
            except Unanswered:
                await asyncio.sleep(PAUSE_SECONDS)
        self._is_signed_in = True
        seen = await self._look()
        self._check(f"who signed in is signed in: {seen}", seen.get("name") == self._name)

    async def _try(self, path: str) -> Answer | None:
        """The answer, if one came and said that it was done."""
        await asyncio.sleep(self.browser.network.chance.uniform(0, JITTER_SECONDS))
        try:
            answer = await self.browser.fetch("POST", path)
        except Unanswered:
            return None
        self._tally.refused += answer.status >= 500
        return answer if answer.status < 500 else None

    async def _look(self) -> dict[str, str]:
        for _ in range(TRIES):
            try:
                seen: dict[str, str] = (await self.browser.visit("/")).json()
            except Unanswered:
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return seen
        raise TimeoutError("no server is there any more")

    def _note(self, field: str, answer: Answer | None) -> None:
        if answer is None:
            self._unsure.setdefault(field, set()).add(self._value)
        else:
            self._answered[field] = self._value
            self._unsure.pop(field, None)

    def _check_left(self, seen: dict[str, str]) -> None:
        self._check(f"who signed out is signed out: {seen}", not seen.get("name"))
        self.ended += self.browser.tokens[self._first_token :]
        self._is_signed_in = False

    def _check_seen(self, seen: dict[str, str]) -> None:
        strange = {
            field: value
            for field, value in seen.items()
            if field.startswith("field") and value.split(".")[0] != self._name
        }
        self._check(f"nothing of others is seen: {strange}", not strange)
        if seen.get("name") == self._name:
            lost = [
                field
                for field, value in self._answered.items()
                if seen.get(field) not in {value, *self._unsure.get(field, ())}
            ]
            self._check(f"no answered change is missing: {lost} of {seen}", not lost)
            return
        self._check(f"the session is not lost: {seen}", self._may_be_out)
        self._check(f"who is signed out is nobody else: {seen}", not seen.get("name"))
        self._is_signed_in = False

    def _check(self, promise: str, kept: object) -> None:
        self._tally.check(promise, self.browser, kept=bool(kept))


async def _nothing() -> None:
    return None
