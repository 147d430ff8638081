"""Whatever a client does over HTTP/1.1, it sees what it would see of plain hypercorn, but for what
is named in one table."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import pytest

from tests.kit.polling import eventually
from tests.kit.processes import Program
from tests.server.exchanges import cuts, leaving, malformed, requests, websockets
from tests.server.exchanges.differences import WANTED, wanted
from tests.server.exchanges.exchange import ANSWER, Exchange, exchange
from tests.server.exchanges.player import PATIENCE_SECONDS, Player, settled
from tests.server.exchanges.requests import asking

AT_ONCE = 150
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the two servers listen."""

    ours: int
    theirs: int


@pytest.fixture(scope="module", params=["asyncio", "fastest"])
def ports(request: pytest.FixtureRequest) -> Iterator[Ports]:
    with ExitStack() as stack:
        ours, theirs = (
            stack.enter_context(
                Program.running("tests.server.programs.echo", server, request.param)
            )
            for server in ("ours", "hypercorn")
        )
        yield Ports(ours.port, theirs.port)


@pytest.fixture
def seed() -> int:
    """Of all that is random; `SEED` repeats it."""
    return int(os.environ.get("SEED") or random.randrange(1 << 32))


async def differences(exchanges: Iterable[Exchange], ports: Ports) -> AsyncIterator[str]:
    """What the two servers do not agree on."""
    allowed = asyncio.Semaphore(AT_ONCE)

    async def compare(exchange: Exchange) -> str | None:
        async with allowed:
            return await difference(exchange, ports)

    comparing = [asyncio.create_task(compare(each)) for each in exchanges]
    for compared in asyncio.as_completed(comparing):
        if (found := await compared) is not None:
            yield found


async def difference(exchange: Exchange, ports: Ports) -> str | None:
    """Play it to both at the same time."""
    async with (
        Player.connected(exchange, port=ports.ours) as ours,
        Player.connected(exchange, port=ports.theirs) as theirs,
    ):
        await asyncio.gather(ours.play(), theirs.play())
        if (differs := wanted(exchange.name)) is not None:
            with suppress(TimeoutError):
                await eventually(lambda: differs.is_met_by(ours, theirs), within=PATIENCE_SECONDS)
                return None
            return f"{exchange.name}, {differs}\n{both_told(ours, theirs)}"
        if theirs.gave_up_at is None and await settled(ours, theirs):
            return None
        return f"{exchange.name}\n{both_told(ours, theirs)}"


def both_told(ours: Player, theirs: Player) -> str:
    return f"  ours:      {told(ours)}\n  hypercorn: {told(theirs)}"


def told(player: Player) -> str:
    received = player.received
    shown = received if len(received) < 2000 else received[:1000] + b"[...]" + received[-1000:]
    waited = "" if player.gave_up_at is None else f", waited in vain for {player.gave_up_at!r}"
    return f"{player.ending.value}{waited}, {len(received)} bytes: {shown!r}"


async def assert_no_difference(exchanges: Iterable[Exchange], ports: Ports) -> None:
    found = [each async for each in differences(exchanges, ports)]
    shown = "\n".join(found[:SHOWN])
    assert not found, f"{len(found)} differ, such as\n{shown}"


CORPORA = {
    "requests": requests.all_of_them,
    "malformed": malformed.all_of_them,
    "leaving": leaving.all_of_them,
    "websockets": websockets.all_of_them,
}


@pytest.mark.parametrize("corpus", CORPORA)
async def test_whatever_a_client_does_it_sees_what_hypercorn_would_do(
    corpus: str, ports: Ports
) -> None:
    await assert_no_difference(CORPORA[corpus](), ports)


def test_every_difference_is_tried() -> None:
    names = {each.name for corpus in CORPORA.values() for each in corpus()}

    assert WANTED.keys() <= names


async def test_it_does_not_matter_where_requests_are_cut_and_when_they_come(
    ports: Ports, seed: int
) -> None:
    try:
        await assert_no_difference(cuts.all_of_them(seed), ports)
    except AssertionError as error:
        error.add_note(f"to repeat it, set SEED={seed}")
        raise


async def test_the_application_hears_of_every_client_that_leaves(ports: Ports) -> None:
    left = list(leaving.heard())
    await assert_no_difference(left, ports)

    names = sorted(each.name for each in left)
    async with asyncio.timeout(PATIENCE_SECONDS):
        for port in (ports.ours, ports.theirs):
            while await heard_by(port) != names:
                pass


async def heard_by(port: int) -> list[str]:
    asked = exchange("who left", asking("/has-heard"), ANSWER)
    async with Player.connected(asked, port=port) as told:
        await told.play()
        return told.received.partition(b"\r\n\r\n")[2].decode().split()
