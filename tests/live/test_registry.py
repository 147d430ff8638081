"""The list of open streams, and what one place on it costs."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc

import pytest

from quart_app.live.registry import Registry, TooMany, write_to
from quart_app.live.stream import Stream
from quart_app.sessions.held.owner import SOMEBODY
from quart_app.sessions.held.tokens import key_of

MANY = 4_000
# With what a server keeps of its socket, a stream is to stay well below a kilobyte.
MOST_BYTES = 600


class Wire:
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[bytes] = []
        self.is_ended = False

    def write(self, data: bytes, /) -> None:
        self.said.append(data)

    def end(self, data: bytes = b"", /) -> None:
        self.said.append(data)
        self.is_ended = True


def a_stream(home: Registry, name: str = "token", owner: str | None = "ada") -> Stream:
    # No two texts are one object, as when they come from a store.
    return Stream(home, key=key_of(name), owner=owner and "".join(owner))


def a_place() -> tuple[Registry, Stream, Wire]:
    """A list with one stream on it, and a wire for that."""
    registry = Registry()
    stream = a_stream(registry)
    registry.add(stream)
    return registry, stream, Wire()


def test_what_is_said_before_a_stream_is_parked_is_said_then() -> None:
    stream, wire = a_stream(Registry()), Wire()
    stream.wire.write(b"early, ")
    stream.wire.write(b"and more")

    stream.parked(wire)
    stream.wire.write(b"later")

    assert wire.said == [b"early, and more", b"later"]
    assert not wire.is_ended


def test_a_stream_that_ends_before_it_is_parked_ends_then() -> None:
    registry, stream, wire = a_place()

    stream.end(b"signed out")
    stream.parked(wire)

    assert wire.said == [b"signed out"]
    assert wire.is_ended
    assert not registry


def test_a_page_that_left_before_it_was_parked_is_forgotten() -> None:
    registry, stream, wire = a_place()

    stream.gone()
    stream.gone()
    stream.parked(wire)

    assert not registry
    assert wire.is_ended


def test_too_much_said_before_ends_it() -> None:
    registry, stream, wire = a_place()

    for _ in range(100):
        stream.wire.write(b"x" * 10_000)
    stream.parked(wire)

    assert wire.is_ended
    assert len(wire.said[0]) < 500_000
    # The server says nothing of an end that was our own, so nobody else would discard it.
    assert not registry


def test_a_stream_that_drains_says_when_to_come_back() -> None:
    registry, stream, wire = a_place()
    stream.parked(wire)

    stream.draining()

    assert wire.said[0].startswith(b"retry: ")
    assert wire.is_ended
    assert not registry


def test_streams_are_found_by_session_and_by_owner_until_they_go() -> None:
    registry = Registry()
    streams = [a_stream(registry, name, owner) for name in "ab" for owner in ("ada",) * 3]
    for stream in streams:
        registry.add(stream)

    assert set(registry.of_session(key_of("a"))) == set(streams[:3])
    assert set(registry.of_owner("ada")) == set(registry) == set(streams)
    for stream in streams:
        registry.discard(stream)
    assert registry.of_owner("ada") == registry.of_session(key_of("a")) == ()
    assert not registry


@pytest.mark.parametrize("owner", [None, SOMEBODY])
def test_who_cannot_be_named_has_no_list(owner: str | None) -> None:
    registry = Registry(per_owner=1)

    for name in "abc":
        registry.add(a_stream(registry, name, owner))

    assert registry.of_owner(owner) == ()
    assert len(tuple(registry)) == 3


def test_who_is_refused_is_not_on_any_list() -> None:
    registry = Registry(per_session=1, per_owner=2)
    for name in "ab":
        registry.add(a_stream(registry, name))

    with pytest.raises(TooMany):
        registry.add(a_stream(registry, "a"))
    with pytest.raises(TooMany):
        registry.add(a_stream(registry, "c"))

    assert len(registry.of_session(key_of("a"))) == 1
    assert len(registry.of_owner("ada")) == 2
    assert not registry.has_session(key_of("c"))


def test_a_place_on_the_list_is_small_even_if_nobody_shares_it() -> None:
    registry, wire = Registry(per_session=16, per_owner=100), Wire()
    gc.collect()
    tracemalloc.start()

    for number in range(MANY):
        stream = a_stream(registry, str(number), f"user number {number}")
        registry.add(stream)
        stream.parked(wire)
    del stream
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(tuple(registry)) == MANY
    assert size / MANY < MOST_BYTES


async def test_others_get_their_turn_while_many_are_written_to() -> None:
    registry, wire = Registry(), Wire()
    for number in range(2_000):
        stream = a_stream(registry, str(number))
        registry.add(stream)
        stream.parked(wire)
    writing = asyncio.create_task(write_to(registry, b"news"))
    turns = 0

    while not writing.done():
        await asyncio.sleep(0)
        turns += 1

    assert len(wire.said) == 2_000
    assert turns >= 5
