"""What happens in one process when something happened: to sessions, here or elsewhere, or as news
of the application."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Any

from quart_app.errors import StoreUnavailable
from quart_app.live import events, messages
from quart_app.live.bus.base import Bus
from quart_app.live.registry import Registry, write_to
from quart_app.live.stream import Stream
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.record import Record

log = logging.getLogger(__name__)

LOOKED_AT_ONCE = 16
# The answer that brings a browser its new session is on its way. A page that asked again before it
# is there would be told that nobody is signed in.
MOVED_SECONDS = 0.3
# A session may end between the moment when a page's request found it alive and the one when its
# stream is on the list.
REMEMBERED_SECONDS = 30
MOST_REMEMBERED = 1_000
MOST_AT_WORK = 1_000
# A store that did not answer is asked again; its circuit breaker lets one call through each second.
ASK_AGAIN_SECONDS = 0.5
# So long news wait for a crowded bus. Then they may get lost, since nothing seems to take them.
ROOM_SECONDS, ROOM_PAUSE_SECONDS = 1.0, 0.005


class Hub:
    """The open pages and websockets of one process."""

    def __init__(self, store: Store, bus: Bus, *, pages: Registry) -> None:
        self.pages = pages
        self.websockets = Registry()
        self._store = store
        self._bus = bus
        self._tasks: set[asyncio.Task[None]] = set()
        self._just_told: OrderedDict[str, float] = OrderedDict()
        self._unanswered: dict[str, None] = {}
        self._asking_again: asyncio.Task[None] | None = None
        self._round: asyncio.Task[None] | None = None
        self._is_round_due = False

    def listen(self) -> None:
        """From now on hear what other processes tell."""
        self._bus.listen(self._heard, self._look_at_all)

    async def close(self) -> None:
        """Let go of everything; pages that are still open come back to another process."""
        for stream in self.pages:
            stream.draining()
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._bus.close()

    def add(self, stream: Stream, registry: Registry) -> None:
        """Keep a stream on its list. Raises `TooMany`."""
        registry.add(stream)
        if stream.key in self._just_told:
            self._spawn(self._look((stream.key,)))

    def sessions_ended(self, keys: tuple[str, ...]) -> None:
        """A request of this process ended them, or moved them to other keys."""
        self._look_soon(keys)
        for message in messages.ended(keys):
            self._bus.send(messages.pack(message))

    async def publish(self, news: messages.News) -> int:
        """Tell the pages that these news are for. Returns how many of them are in this process.
        Raises `ValueError` for what cannot be sent."""
        encoded, packed = news.encoded(), messages.pack(news)
        messages.unpack(packed)  # what other processes would refuse is not said here either
        await self._until_there_is_room()
        self._bus.send(packed)
        return await self._write(news, encoded)

    async def _until_there_is_room(self) -> None:
        # A handler that tells each owner, one after the other, would fill the way to other
        # processes with more than it holds.
        with suppress(TimeoutError):
            async with asyncio.timeout(ROOM_SECONDS):
                while self._bus.is_crowded:  # noqa: ASYNC110 - a thread may be what empties it
                    await asyncio.sleep(ROOM_PAUSE_SECONDS)

    async def check(self, keys: Iterable[str]) -> None:
        """End the streams of sessions that have ended without a word to this process."""
        now = time.monotonic()
        # Where a message named a key a moment ago, another task looks already.
        long_ago = now - 2 * MOVED_SECONDS
        await self._look([key for key in keys if self._just_told.get(key, long_ago) <= long_ago])

    async def _look(self, keys: Sequence[str]) -> None:
        """The store is only read: an open page does not say that a visitor is there."""
        for start in range(0, len(keys), LOOKED_AT_ONCE):
            await asyncio.gather(*map(self._look_at, keys[start : start + LOOKED_AT_ONCE]))

    async def _look_at(self, key: str) -> None:
        try:
            found = await self._store.find(key)
        except StoreUnavailable as exc:
            # Nothing is known, so the page stays. Word of an end may have come from a process that
            # reached the store before this one does.
            log.debug("session of a stream not looked at: %s", exc)
            self._look_again_at(key)
            return
        except Exception:
            log.exception("session of a stream not looked at")
            return
        if isinstance(found, Record):
            return
        if found is None or found.successor is None:
            self._end(key, events.signed_out(moved=False))
            return
        await asyncio.sleep(MOVED_SECONDS)
        if found.changes_owner:
            self._end(key, events.signed_out(moved=True))
        else:
            self._end(key, events.come_back())

    def _look_again_at(self, key: str) -> None:
        self._unanswered[key] = None
        if self._asking_again is None or self._asking_again.done():
            self._asking_again = self._spawn(self._look_again())

    async def _look_again(self) -> None:
        # With one key, until that is answered: there may be many thousands.
        while True:
            await asyncio.sleep(ASK_AGAIN_SECONDS)
            with suppress(StoreUnavailable):
                await self._store.find(next(iter(self._unanswered)))
                break
        keys, self._unanswered = self._unanswered, {}
        self._asking_again = None
        await self._look([key for key in keys if self._is_open(key)])

    def _end(self, key: str, last: bytes) -> None:
        """A websocket too: a client with an old token, perhaps a stolen one, is not to go on."""
        for registry in (self.pages, self.websockets):
            for stream in registry.of_session(key):
                stream.end(last)

    def _heard(self, packed: bytes) -> None:
        if len(self._tasks) >= MOST_AT_WORK:
            log.warning("message dropped", extra={"at work": len(self._tasks)})
            self._look_at_all()  # it may have told of an end
            return
        try:
            message = messages.unpack(packed)
        except messages.Malformed as exc:
            log.warning("message refused: %s", str(exc), extra={"reason": str(exc)})
            return
        match message:
            case messages.Ended(keys):
                self._look_soon(keys)
            case messages.News():
                self._spawn(self._write_quietly(message))
            case messages.Missed():
                self._look_at_all()

    def _look_soon(self, keys: Sequence[str]) -> None:
        self._remember(keys)
        if open_here := [key for key in keys if self._is_open(key)]:
            self._spawn(self._look(open_here))

    def _look_at_all(self) -> None:
        # One round at a time: a process that sends too much reports a loss with each message.
        self._is_round_due = True
        if self._round is None or self._round.done():
            self._round = self._spawn(self._go_round())

    async def _go_round(self) -> None:
        while self._is_round_due:
            self._is_round_due = False
            await self.check([*self.pages.sessions(), *self.websockets.sessions()])

    def _is_open(self, key: str) -> bool:
        return self.pages.has_session(key) or self.websockets.has_session(key)

    async def _write(self, news: messages.News, encoded: bytes) -> int:
        if news.key is not None:
            streams = self.pages.of_session(news.key)
        else:
            streams = self.pages.of_owner(news.owner)
        await write_to(streams, encoded)
        return len(streams)

    async def _write_quietly(self, news: messages.News) -> None:
        await self._write(news, news.encoded())

    def _remember(self, keys: Iterable[str]) -> None:
        now = time.monotonic()
        for key in keys:
            self._just_told[key] = now
            self._just_told.move_to_end(key)
        while self._just_told:
            age = now - next(iter(self._just_told.values()))
            if len(self._just_told) <= MOST_REMEMBERED and age < REMEMBERED_SECONDS:
                return
            self._just_told.popitem(last=False)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        with suppress(asyncio.CancelledError):
            if (failure := task.exception()) is not None:
                log.error("pages not told", exc_info=failure)
