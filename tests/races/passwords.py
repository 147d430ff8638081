"""`python -m tests.races.passwords`: a new password against twenty sign-ins by the old one, a
thousand times. No session of the old password may live afterwards."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from quart import Quart

from quart_app import create_app
from quart_app.accounts import Accounts
from quart_app.login.members import members_of
from tests.accounts.databases import PATIENT
from tests.accounts.people import CHEAP, OTHER, RIGHT
from tests.kit.servers import PATIENT_SECONDS
from tests.login.passwords.members import accounts_of, office_of

BROWSERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Two machines that share accounts and sessions, and the browsers of Ada's."""

    machines: tuple[Quart, Quart]
    own: httpx.AsyncClient
    others: list[httpx.AsyncClient]
    transports: list[httpx.ASGITransport]

    async def went_wrong(self, turn: int, *, old: str, new: str) -> list[str]:
        """One race; what should not have come of it."""
        for machine in self.machines:
            _begin_anew(machine)
        for number, transport in enumerate(self.transports):
            # No network guesses too often.
            transport.client = (f"10.{turn >> 8}.{turn & 255}.{number}", 1024)
        for each in (*self.others, self.own):
            answer = await _sign_in(each, old)
            assert answer.status_code == 303, answer.text
            await each.post("/logout", headers={"Sec-Fetch-Site": "same-origin"})
        await _sign_in(self.own, old)
        changing = self.own.post("/password", data={"password": old, "new": new})
        answers = await asyncio.gather(changing, *(_sign_in(each, old) for each in self.others))
        lives = [each for each in self.others if (await each.get("/user")).status_code == 200]
        office = office_of(self.machines[0])
        account = await office.find("ada")
        listed = await self.machines[1].session_interface.owned_by(account.id)  # type: ignore[attr-defined]
        left = await accounts_of(self.machines[0]).pending_endings()
        await office.unblock("ada")  # the guesses by the old one
        own = await self.own.get("/user")
        return [
            *(["the password did not change"] if answers[0].status_code != 303 else []),
            *(["the session that changed it ended"] if own.status_code != 200 else []),
            *([f"{len(lives)} sessions of the old password live"] if lives else []),
            *([f"{len(listed)} sessions are listed"] if len(listed) != 1 else []),
            *(["a note was left"] if left else []),
        ]


@asynccontextmanager
async def site(config: dict[str, Any]) -> AsyncIterator[Site]:
    """With one account, whose password is the right one."""
    machines = [await asyncio.to_thread(_machine, config) for _ in range(2)]
    async with AsyncExitStack() as stack:
        for each in machines:
            await each.startup()
            stack.push_async_callback(each.shutdown)
        await office_of(machines[0]).add("Ada", password=RIGHT)
        turn = cycle(machines)
        transports = [httpx.ASGITransport(app=next(turn)) for _ in range(BROWSERS + 1)]  # type: ignore[arg-type]
        clients = [
            await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://localhost")
            )
            for transport in transports
        ]
        yield Site(
            machines=(machines[0], machines[1]),
            own=clients[0],
            others=clients[1:],
            transports=transports,
        )


def _machine(config: dict[str, Any]) -> Quart:
    return create_app({"LOGIN_MODE": "password", "DATABASE_TIMEOUT": PATIENT, **config})


def _begin_anew(app: Quart) -> None:
    """Remember no pauses, which another race has come to; and hash for next to nothing: the race is
    not about how slow that is."""
    members = members_of(app)
    members._accounts = Accounts(replace(members.accounts.parts, argon2=CHEAP))


async def _sign_in(each: httpx.AsyncClient, password: str) -> httpx.Response:
    return await each.post("/login", data={"name": "ada", "password": password})


async def race(config: dict[str, Any], *, rounds: int) -> list[str]:
    """What went wrong in so many of them."""
    wrong = []
    async with site(config) as both:
        for number in range(rounds):
            old, new = (RIGHT, OTHER) if number % 2 == 0 else (OTHER, RIGHT)
            wrong += await both.went_wrong(number, old=old, new=new)
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.races.passwords", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1_000)
    rounds = parser.parse_args().rounds
    with TemporaryDirectory(prefix="races-") as folder:
        config = {"DATA_DIR": Path(folder), "SESSION_STORE_TIMEOUT": PATIENT_SECONDS}
        wrong = asyncio.run(race(config, rounds=rounds))
    sys.stdout.write("\n".join([f"{rounds} rounds, {len(wrong)} things went wrong", *wrong]) + "\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
