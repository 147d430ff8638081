"""Calls that are made at the same time are carried out together, and fail each for itself."""

from __future__ import annotations

import asyncio

import pytest

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.guard import Crowded
from quart_app.sessions.stores.together import Asked, Together

MOST = 3
SOON_SECONDS = 1.0


class Store:
    """Answers with what it was asked, and keeps which came together."""

    def __init__(self) -> None:
        self.carried: list[list[int]] = []
        self.began = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.failure: BaseException | None = None

    async def carry_out(self, calls: list[Asked[int, int]]) -> None:
        self.carried.append([asked.what for asked in calls])
        self.began.set()
        await self.may_go_on.wait()
        if self.failure is not None:
            raise self.failure
        for asked in calls:
            asked.answered(asked.what)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def together() -> Together[int, int]:
    return Together(most=MOST)


async def test_what_is_asked_in_one_turn_is_carried_out_together(
    store: Store, together: Together[int, int]
) -> None:
    first = await asyncio.gather(*[together.ask(n, store.carry_out) for n in range(MOST)])
    second = await asyncio.gather(*[together.ask(n, store.carry_out) for n in range(MOST)])

    assert first == second == [0, 1, 2]
    assert store.carried == [[0, 1, 2], [0, 1, 2]]


async def test_not_more_than_so_many(store: Store, together: Together[int, int]) -> None:
    answers = await asyncio.gather(*[together.ask(n, store.carry_out) for n in range(8)])

    assert answers == list(range(8))
    assert store.carried == [[0, 1, 2], [3, 4, 5], [6, 7]]


async def test_what_comes_later_does_not_wait_for_what_is_under_way(
    store: Store, together: Together[int, int]
) -> None:
    store.may_go_on.clear()  # and it waits for this one
    slow = asyncio.create_task(together.ask(1, store.carry_out))
    await store.began.wait()
    store.may_go_on = asyncio.Event()
    store.may_go_on.set()

    assert await together.ask(2, store.carry_out) == 2
    assert not slow.done()
    slow.cancel()


async def test_who_is_cancelled_leaves_the_others_their_answers(
    store: Store, together: Together[int, int]
) -> None:
    store.may_go_on.clear()
    cancelled, stays = (asyncio.create_task(together.ask(n, store.carry_out)) for n in range(2))
    await store.began.wait()

    cancelled.cancel()
    await asyncio.wait({cancelled})
    store.may_go_on.set()

    assert await stays == 1
    assert cancelled.cancelled()


@pytest.mark.parametrize("failure", [StoreUnavailable("it is down"), Crowded("too many")])
async def test_each_gets_an_error_of_its_own(
    store: Store, together: Together[int, int], failure: StoreUnavailable
) -> None:
    failure.__cause__ = OSError("the wire is cut")
    store.failure = failure

    asked = [together.ask(n, store.carry_out) for n in range(MOST)]
    errors = await asyncio.gather(*asked, return_exceptions=True)

    assert len({id(error) for error in errors}) == MOST
    for error in errors:
        assert type(error) is type(failure)
        assert str(error) == str(failure)
        assert isinstance(error, StoreUnavailable)
        assert error.__cause__ is failure.__cause__


async def test_a_mistake_of_ours_is_told_to_those_who_asked_and_to_the_event_loop(
    store: Store, together: Together[int, int]
) -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, said: told.append(said["exception"]))
    store.failure = KeyError("no such thing")

    with pytest.raises(KeyError):
        await together.ask(1, store.carry_out)
    await together.ended()

    assert told == [store.failure]


async def test_when_the_loop_ends_nobody_waits_for_ever(
    store: Store, together: Together[int, int]
) -> None:
    store.failure = asyncio.CancelledError()

    with pytest.raises(asyncio.CancelledError):
        await together.ask(1, store.carry_out)


async def test_who_waits_for_what_was_cancelled_before_it_began_is_told(
    store: Store, together: Together[int, int]
) -> None:
    asked = [asyncio.create_task(together.ask(n, store.carry_out)) for n in range(2)]
    await asyncio.sleep(0)

    for other in asyncio.all_tasks() - {asyncio.current_task(), *asked}:
        other.cancel()

    async with asyncio.timeout(SOON_SECONDS):
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 2
        assert await together.ask(3, store.carry_out) == 3
    assert store.carried == [[3]]


def test_whoever_asks_once_more_while_the_loop_ends_has_an_answer(store: Store) -> None:
    together = Together[int, int](most=MOST)
    last: list[int] = []

    async def visitor() -> None:
        await asyncio.sleep(0)
        try:
            await together.ask(1, store.carry_out)
        finally:
            async with asyncio.timeout(SOON_SECONDS):
                last.append(await together.ask(2, store.carry_out))

    async def main() -> asyncio.Task[None]:
        visiting = asyncio.create_task(visitor())
        await asyncio.sleep(0)
        return visiting

    assert asyncio.run(main()).cancelled()

    assert last == [2]


async def test_it_has_ended_when_all_have_their_answers(
    store: Store, together: Together[int, int]
) -> None:
    asked = [asyncio.create_task(together.ask(n, store.carry_out)) for n in range(8)]
    await asyncio.sleep(0)

    await together.ended()
    await asyncio.sleep(0)

    assert all(task.done() for task in asked)
    await together.ended()
