"""An application's own check: what it may say, how slow it may be, and who may guess how often."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from quart import Quart

from quart_app import Account, Login, current_account, sign_in_refused
from quart_app.errors import AccountsUnavailable
from quart_app.login.attempts import (
    BUCKETS,
    FREE_FOR_A_NAME,
    FREE_FOR_A_NETWORK,
    LONGEST_PAUSE_SECONDS,
    Attempt,
    MemoryLimiter,
    Slowed,
)
from quart_app.login.checks import WAITING_FOR_EACH, Busy, Checks
from quart_app.login.signals import Refusal
from quart_app.testing import FakeClock
from tests.login.conftest import PASSWORD, check, sign_in
from tests.web.asking import browser
from tests.web.configured import configured

Checking = Callable[[str, str], Awaitable[Any]]


def with_check(app: Quart, check: Checking) -> None:
    Login(app, check=check)

    @app.get("/who")
    async def who() -> dict[str, str]:
        return {"id": current_account.id, "name": current_account.name}


@pytest.mark.parametrize(
    ("says", "id", "name"),
    [("Ada", "Ada", "Ada"), (Account(id="7", name="Ada L."), "7", "Ada L.")],
    ids=["a name", "an account"],
)
async def test_it_says_who_somebody_is(bare: Quart, says: Any, id: str, name: str) -> None:
    async def check(typed: str, password: str) -> Any:
        return says

    with_check(bare, check)
    async with browser(bare) as ada:
        answer = await sign_in(ada, "ada@example.org")
        who = (await ada.get("/who")).json()
        listed = await bare.session_interface.owned_by(id)  # type: ignore[attr-defined]

    assert answer.status_code == 303
    assert who == {"id": id, "name": name}
    assert len(listed) == 1


async def test_none_is_one_answer_for_all_that_is_wrong(visitor: httpx.AsyncClient) -> None:
    unknown = await sign_in(visitor, "nobody")
    wrong = await sign_in(visitor, "ada", "wrong")

    assert unknown.status_code == wrong.status_code == 401
    assert unknown.text.replace("nobody", "ada") == wrong.text
    assert "The name or the password is wrong." in wrong.text
    assert 'value="ada"' in wrong.text
    assert "session" not in visitor.cookies


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": "", "password": PASSWORD}, "Enter your name."),
        ({"name": "ada", "password": ""}, "Enter your password."),
        ({"name": "ada"}, "Enter your password."),
        ({"name": "ada", "password": "x" * 1001}, "This password is too long."),
        ({"name": "x" * 101, "password": "x"}, "This name is too long."),
    ],
)
async def test_what_cannot_be_right_is_not_checked(
    bare: Quart, sent: dict[str, str], said: str
) -> None:
    checked: list[str] = []

    async def check(name: str, password: str) -> str | None:
        checked.append(name)
        return name

    with_check(bare, check)
    async with browser(bare) as visitor:
        answer = await visitor.post("/login", data=sent)

    assert (answer.status_code, said in answer.text, checked) == (400, True, [])


@pytest.mark.parametrize("what", [RuntimeError("secret"), 7, Account(id="", name="Ada"), ""])
async def test_one_that_fails_is_an_outage_and_tells_nothing(
    bare: Quart, what: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def check(name: str, password: str) -> Any:
        if isinstance(what, Exception):
            raise what
        return what

    with_check(bare, check)
    async with browser(bare) as visitor:
        answer = await sign_in(visitor)

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "secret" not in answer.text
    assert "Logging in does not work right now." in answer.text
    assert "check failed" in caplog.text
    assert PASSWORD not in caplog.text


class Slow:
    """A check that waits to be let go."""

    def __init__(self, *, of: int = 1) -> None:
        """It is busy with so many at once."""
        self._of = of
        self.is_busy = asyncio.Event()
        self.go_on = asyncio.Event()
        self.at_once = 0
        self.most_at_once = 0

    async def __call__(self, name: str, password: str) -> str:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.at_once == self._of:
            self.is_busy.set()
        await self.go_on.wait()
        self.at_once -= 1
        return name


@configured(LOGIN_CHECKS_AT_ONCE=2)
async def test_so_many_run_at_once_and_others_wait(bare: Quart) -> None:
    slow = Slow(of=2)
    with_check(bare, slow)

    async with browser(bare) as visitors:
        asked = [asyncio.create_task(sign_in(visitors, f"n{number}")) for number in range(6)]
        await slow.is_busy.wait()
        slow.go_on.set()
        answers = await asyncio.gather(*asked)

    assert slow.most_at_once == 2
    assert [answer.status_code for answer in answers] == [303] * 6


@configured(LOGIN_CHECKS_AT_ONCE=1, LOGIN_CHECK_WAIT=0.01)
async def test_who_waits_too_long_is_asked_to_come_back(bare: Quart) -> None:
    slow = Slow()
    with_check(bare, slow)

    async with browser(bare) as visitors:
        first = asyncio.create_task(sign_in(visitors, "first"))
        await slow.is_busy.wait()
        second = await sign_in(visitors, "second")
        slow.go_on.set()
        first_answer = await first
        third = await sign_in(visitors, "third")

    assert (first_answer.status_code, third.status_code) == (303, 303)
    assert second.status_code == 503
    assert int(second.headers["retry-after"]) > 0
    assert "Too many people are logging in right now." in second.text


async def test_the_queue_is_bounded() -> None:
    slow = Slow()
    checks = Checks(slow, at_once=1, wait=timedelta(minutes=1))
    waiting = [asyncio.create_task(checks("n", "p")) for _ in range(WAITING_FOR_EACH + 1)]
    await slow.is_busy.wait()

    with pytest.raises(Busy):
        await checks("one too many", "p")

    slow.go_on.set()
    found = await asyncio.gather(*waiting)
    assert [account and account.id for account in found] == ["n"] * (WAITING_FOR_EACH + 1)


async def test_a_client_that_hangs_up_gives_its_turn_back() -> None:
    slow = Slow()
    checks = Checks(slow, at_once=1, wait=timedelta(minutes=1))
    running = asyncio.create_task(checks("gone", "p"))
    queued = asyncio.create_task(checks("gone too", "p"))
    await slow.is_busy.wait()

    running.cancel()
    queued.cancel()
    await asyncio.wait([running, queued])
    slow.go_on.set()

    assert await checks("next", "p") == Account(id="next", name="next")


async def test_guesses_at_one_name_are_slowed(visitor: httpx.AsyncClient, clock: FakeClock) -> None:
    free = [await sign_in(visitor, "ada", "wrong") for _ in range(FREE_FOR_A_NAME)]
    slowed = await sign_in(visitor, "ADA")
    other = await sign_in(visitor, "bob", "wrong")
    clock.advance(seconds=int(slowed.headers["retry-after"]))
    after = await sign_in(visitor, "ada")

    assert [answer.status_code for answer in free] == [401] * FREE_FOR_A_NAME
    assert (slowed.status_code, slowed.headers["retry-after"]) == (429, "1")
    assert "Try again in 1 second." in slowed.text
    assert (other.status_code, after.status_code) == (401, 303)


class Forgetful:
    """A limiter whose counts cannot be reached any more once a check was right."""

    async def admit(self, attempt: Attempt) -> Callable[[], Awaitable[None]]:
        async def fail() -> None:
            raise AccountsUnavailable("the counts are gone")

        return fail


async def test_one_who_was_right_and_cannot_be_counted_so_is_told_that_it_does_not_work_now(
    bare: Quart,
) -> None:
    Login(bare, check=check, limiter=Forgetful())
    refusals = []

    with sign_in_refused.connected_to(lambda _, **told: refusals.append(told["reason"]), bare):
        async with browser(bare) as ada:
            answer = await sign_in(ada)

    assert answer.status_code == 503
    assert "Logging in does not work right now." in answer.text
    assert refusals == [Refusal.TROUBLE]


def attempt(name: str = "ada", address: str = "192.0.2.1") -> Attempt:
    return Attempt(name=name, address=address)


async def pause(limiter: MemoryLimiter, attempt: Attempt) -> int:
    try:
        await limiter.admit(attempt)
    except Slowed as slowed:
        return slowed.retry_after
    return 0


async def test_pauses_grow_and_end_somewhere(clock: FakeClock) -> None:
    limiter = MemoryLimiter(clock=clock)
    pauses = []
    for _ in range(FREE_FOR_A_NAME + 15):
        pauses.append(seconds := await pause(limiter, attempt()))
        clock.advance(seconds=seconds)
        if seconds:
            await limiter.admit(attempt())

    grown = [seconds for seconds in pauses if seconds]
    assert grown[:5] == [1, 2, 4, 8, 16]
    assert max(grown) == LONGEST_PAUSE_SECONDS


async def test_a_network_is_slowed_whatever_names_it_tries(clock: FakeClock) -> None:
    limiter = MemoryLimiter(clock=clock)
    for number in range(FREE_FOR_A_NETWORK):
        await limiter.admit(attempt(f"n{number}", f"2001:db8::{number:x}"))

    assert await pause(limiter, attempt("one more", "2001:db8::ffff:1")) == 1
    assert await pause(limiter, attempt("one more", "2001:db8:0:1::1")) == 0
    assert await pause(limiter, attempt("two more", "192.0.2.1")) == 0


async def test_an_account_of_ones_own_makes_no_guesses_free(clock: FakeClock) -> None:
    limiter = MemoryLimiter(clock=clock)
    for number in range(FREE_FOR_A_NETWORK):
        await limiter.admit(attempt(f"n{number}"))
        succeeded = await limiter.admit(attempt("own", "198.51.100.1"))
        await succeeded()

    clock.advance(seconds=1)
    succeeded = await limiter.admit(attempt("own"))
    await succeeded()

    assert await pause(limiter, attempt("another")) > 0


async def test_what_was_tried_long_ago_is_forgotten(clock: FakeClock) -> None:
    limiter = MemoryLimiter(clock=clock)
    for _ in range(FREE_FOR_A_NAME):
        await limiter.admit(attempt())

    clock.advance(minutes=16)

    assert [await pause(limiter, attempt()) for _ in range(FREE_FOR_A_NAME)] == [0] * 5


async def test_names_that_were_made_up_fill_nothing(clock: FakeClock) -> None:
    limiter = MemoryLimiter(clock=clock)
    size = limiter._names._counts.buffer_info()[1]

    for number in range(2_000):
        await limiter.admit(attempt(f"made up {number}", f"10.0.{number // 256}.{number % 256}"))

    assert limiter._names._counts.buffer_info()[1] == size == BUCKETS
