"""Somebody plants a visitor's token in another's browser, and holds requests open under it."""

from __future__ import annotations

import asyncio

from tests.races.browser import Browser, Kind, Network
from tests.races.tally import Tally, each
from tests.races.wire import Answer

AT_ONCE = 3
HARMFUL = ("write", "take", "leave", "clear", "renew")
HELD = (
    *(("GET", deed) for deed in HARMFUL),
    *(("POST", deed) for deed in HARMFUL),
    ("POST", "sign-in"),
)


async def sign_in_under_a_planted_token(network: Network, tally: Tally, rounds: int) -> None:
    """So many victims."""

    async def one_round(number: int) -> None:
        await _Attack(network, number, tally).run()
        tally.rounds += 1

    await each(rounds, one_round, at_once=AT_ONCE)


class _Attack:
    def __init__(self, network: Network, number: int, tally: Tally) -> None:
        self.attacker = Browser(network, name="attacker")
        self.victim = Browser(network, name="victim")
        self._reader = Browser(network, name="attacker, later")
        self._gatekeeper = Browser(network, name="gatekeeper")
        self._gate, self._machine = f"gate-{number}", network.any_machine()
        self._name = f"ada-{number}"
        self._tally = tally

    async def run(self) -> None:
        """Plant the token, hold requests open, let the victim sign in, and let go."""
        await self.attacker.visit("/enter")
        planted = (await self.attacker.visit("/")).json()
        token = self.attacker.token or ""
        for browser in (self.victim, self._reader):
            browser.plant(token)

        held = [asyncio.create_task(self._hold(method, deed)) for method, deed in HELD]
        await self._gatekeeper.fetch("GET", f"/waiting/{self._gate}/{len(HELD)}", at=self._machine)
        await self.victim.sign_in(self._name)
        before = (await self.victim.visit("/")).json()
        await self._gatekeeper.fetch("POST", f"/open/{self._gate}", at=self._machine)
        answers = await asyncio.gather(*held)

        self._check(f"nothing is new: {before}", before == {**planted, "name": self._name})
        for (method, deed), answer in zip(HELD, answers, strict=True):
            self._check_held(method, deed, answer)
        after = (await self.victim.visit("/")).json()
        self._check(f"all is as it was: {after}", after == before)
        await self._check_token(before)

    async def _hold(self, method: str, deed: str) -> Answer:
        path = f"/held/{self._gate}/{deed}"
        kind = self._gatekeeper.network.chance.choice(list(Kind))
        if deed == "sign-in":
            kind = Kind.NAVIGATION  # where it is guessed, a script's is a change like others
        return await self.attacker.ask(method, path, kind, at=self._machine)

    def _check_held(self, method: str, deed: str, answer: Answer) -> None:
        what = f"{method} {deed}"
        sets_cookie = answer.get("set-cookie") is not None
        told = self._name.encode() in answer.body
        self._check(f"{what} is told nothing: {answer.body!r}", not told)
        if deed == "sign-in":
            self._check(f"{what} gets its own cookie", answer.status == 200 and sets_cookie)
            return
        self._check(f"{what} gets no cookie", not sets_cookie)
        if method == "POST":
            says = (answer.status, answer.get("retry-after"))
            self._check(f"{what} is to be sent again, not {says}", says == (503, "1"))
        else:
            self._check(f"{what} is answered, not {answer.status}", answer.status == 200)

    async def _check_token(self, before: object) -> None:
        """The planted one, when all is over; and what came by the attacker's own sign-in."""
        own = (await self.attacker.visit("/")).json()
        self._check(f"who signs in inherits nothing: {own}", own == {"name": "mallory"})
        read = (await self._reader.fetch("GET", "/")).json()
        self._check(f"the planted token reads nothing: {read}", read == {})
        wrote = await self._reader.fetch("POST", "/keep/planted/later")
        self._check(f"nor does it write: {wrote.status}", wrote.status == 503)
        await self._reader.fetch("GET", "/beat")
        after = (await self.victim.visit("/")).json()
        self._check(f"all is as it was at the end: {after}", after == before)

    def _check(self, promise: str, kept: object) -> None:
        self._tally.check(promise, self.attacker, self.victim, self._reader, kept=bool(kept))
