"""The list of open streams of one process, by session and by owner; does no I/O."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from quart_app.live.stream import Stream
from quart_app.sessions.held.owner import SOMEBODY

# Heartbeats go round the list in as many steps. A session's streams are all in one of them.
SLICES = 20
WRITTEN_AT_ONCE = 256

# Most have one page open: only several are worth a set.
Groups = dict[str, "Stream | set[Stream]"]


class TooMany(Exception):
    """This session, or this owner, has as many streams as it may have."""


class Registry:
    """Streams of one kind. Equal texts are kept once, however many streams share them."""

    def __init__(self, *, per_session: int | None = None, per_owner: int | None = None) -> None:
        self._per_session = per_session
        self._per_owner = per_owner
        self._slices: tuple[Groups, ...] = tuple({} for _ in range(SLICES))
        self._owned: Groups = {}

    def __bool__(self) -> bool:
        return any(self._slices)

    def __iter__(self) -> Iterator[Stream]:
        for group in self._slices:
            for key in tuple(group):
                yield from _members(group, key)

    def add(self, stream: Stream) -> None:
        """Keep it until it is discarded. Raises `TooMany`."""
        of_session = self._slice_of(stream.key)
        _refuse_more(of_session, stream.key, self._per_session)
        if stream.owner is not None and stream.owner != SOMEBODY:
            _refuse_more(self._owned, stream.owner, self._per_owner)
            stream.owner = _put(self._owned, stream.owner, stream).owner
        stream.key = _put(of_session, stream.key, stream).key

    def discard(self, stream: Stream) -> None:
        """Keep it no longer, if it is kept."""
        _drop(self._slice_of(stream.key), stream.key, stream)
        if stream.owner is not None:
            _drop(self._owned, stream.owner, stream)

    def has_session(self, key: str) -> bool:
        """Whether a stream of this session is open."""
        return key in self._slice_of(key)

    def of_session(self, key: str) -> tuple[Stream, ...]:
        """Those of one session."""
        return _members(self._slice_of(key), key)

    def of_owner(self, owner: str | None) -> tuple[Stream, ...]:
        """Those of one owner."""
        return () if owner is None else _members(self._owned, owner)

    def sessions(self) -> list[str]:
        """All sessions with a stream."""
        return [key for group in self._slices for key in group]

    def sessions_in(self, place: int) -> list[str]:
        """Those of one slice."""
        return list(self._slices[place])

    def _slice_of(self, key: str) -> Groups:
        return self._slices[hash(key) % SLICES]


async def write_to(streams: Iterable[Stream], data: bytes) -> None:
    """Write the same to all of them. Other tasks of the event loop have their turn in between."""
    for count, stream in enumerate(streams, 1):
        stream.wire.write(data)
        if count % WRITTEN_AT_ONCE == 0:
            await asyncio.sleep(0)


def _refuse_more(groups: Groups, name: str, most: int | None) -> None:
    group = groups.get(name)
    if most is not None and group is not None:
        count = 1 if isinstance(group, Stream) else len(group)
        if count >= most:
            raise TooMany


def _members(groups: Groups, name: str) -> tuple[Stream, ...]:
    group = groups.get(name)
    if group is None:
        return ()
    return (group,) if isinstance(group, Stream) else tuple(group)


def _put(groups: Groups, name: str, stream: Stream) -> Stream:
    """One that was there already, if there was one."""
    group = groups.get(name)
    if group is None:
        groups[name] = stream
        return stream
    if isinstance(group, Stream):
        groups[name] = {group, stream}
        return group
    other = next(iter(group))
    group.add(stream)
    return other


def _drop(groups: Groups, name: str, stream: Stream) -> None:
    group = groups.get(name)
    if group is stream:
        del groups[name]
    elif isinstance(group, set):
        group.discard(stream)
        if len(group) == 1:
            groups[name] = group.pop()
