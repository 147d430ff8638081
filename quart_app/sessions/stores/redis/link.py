"""The way to Redis: what goes there together, its deadline, and what is sent again; knows of no
session."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any, TypeAlias

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import (
    NoPermissionError,
    NoScriptError,
    RedisClusterException,
    RedisError,
)

from quart_app.errors import ConfigurationError, StoreUnavailable
from quart_app.sessions.stores.guard import Crowded, Guard
from quart_app.sessions.stores.redis.client import (
    AUTH_CURE,
    MOST_CONNECTIONS,
    PING,
    Client,
    Command,
    NoAnswer,
    Refused,
    answers_of,
    checked,
    client_of,
)
from quart_app.sessions.stores.redis.scripts import Script

Call: TypeAlias = tuple[Script, bytes, list[bytes]]

# More than one, since a process that is busy spends a third on each. Few enough that big sessions
# among them do not use up the deadline of all.
TOGETHER = 32


@dataclass(frozen=True, slots=True)
class _Asked:
    """Some commands on their way, and where their answers go."""

    commands: Sequence[Command]
    again: bool
    answers: asyncio.Future[list[Any]]

    def answered(self, answers: list[Any]) -> None:
        if not self.answers.done():  # whoever asked may have been cancelled
            self.answers.set_result(answers)

    def failed(self, error: BaseException) -> None:
        if not self.answers.done():
            self.answers.set_exception(error)


@dataclass(frozen=True, slots=True)
class _Line:
    """What belongs to one event loop. The keeper, if the client is ours, closes it in the end."""

    client: Client
    places: asyncio.Semaphore
    keeper: AsyncGenerator[None] | None
    boarding: list[_Asked] = field(default_factory=list)
    """What leaves together in the next turn of the loop."""
    under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, travel: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(travel)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)


class Link:
    """Sends commands and scripts. Each answer is Redis's own, undecoded, or a `WrongType`."""

    def __init__(self, *, url: str | None, client: Client | None, timeout: timedelta) -> None:
        if (url is None) == (client is None):
            raise ConfigurationError("RedisStore takes either url= or client=, and one of them")
        self._url = url
        self._given = client
        # A cluster's nodes fail one by one: what goes to one of them is to fail alone.
        self._together = 1 if isinstance(client, RedisCluster) else TOGETHER
        self._seconds = timeout.total_seconds()
        self._lines: dict[asyncio.AbstractEventLoop, _Line] = {}
        # Garbage collection of a store in a cycle would drop the clients with it, still open.
        weakref.finalize(self, _let_go, self._lines).atexit = False
        # NoAnswer stands for OSError too: the guard's own TimeoutError is one.
        self._guard = Guard(
            "Redis", timeout=timeout, unreachable=(RedisError, RedisClusterException, NoAnswer)
        )

    async def ask(self, *commands: Command) -> list[Any]:
        """The answers to these commands, sent together."""
        return [checked(answer) for answer in await self._exchange(commands)]

    async def run(self, *calls: Call, again: bool = True) -> list[Any]:
        """What these scripts answer, sent together, each for its one key. Only what may happen
        twice is sent `again` when the connection is lost before the answer."""
        answers = await self._exchange(
            [("EVALSHA", script.sha, b"1", key, *args) for script, key, args in calls], again=again
        )
        if any(isinstance(answer, NoScriptError) for answer in answers):
            answers = await self._exchange(
                [("EVAL", script.text, b"1", key, *args) for script, key, args in calls],
                again=again,
            )
        return [checked(answer) for answer in answers]

    async def ping(self) -> None:
        """Raises `ConfigurationError` for what only a person can mend."""
        try:
            [answer] = await self.ask(PING)
        except StoreUnavailable as exc:
            if isinstance(exc.__cause__, Refused):
                raise ConfigurationError(AUTH_CURE) from exc
            if isinstance(exc.__cause__, NoPermissionError):
                raise ConfigurationError(exc.reason) from exc
            raise
        if answer is not True:
            raise StoreUnavailable("what answers there does not speak as Redis does")

    async def close(self) -> None:
        """Close the client that was made for this loop. Those of other loops close in theirs."""
        line = self._lines.pop(asyncio.get_running_loop(), None)
        if line is None or line.keeper is None:
            return
        # Calls under way end within their deadline. Closed under their hands, one might connect
        # once more, and nobody would close that.
        while line.under_way:
            await asyncio.wait(line.under_way)
        await line.keeper.aclose()

    async def _exchange(self, commands: Sequence[Command], *, again: bool = True) -> list[Any]:
        """Calls made in one turn of the event loop travel together: by one connection, in one
        write and one read. Whoever is cancelled meanwhile leaves the others their answers."""
        line = await self._line()
        asked = _Asked(commands, again, asyncio.get_running_loop().create_future())
        line.boarding.append(asked)
        if len(line.boarding) == 1:
            line.start(self._depart(line))
        return await asked.answers

    async def _depart(self, line: _Line) -> None:
        boarded = line.boarding[: self._together]
        del line.boarding[: self._together]
        if line.boarding:
            line.start(self._depart(line))
        try:
            await self._guard.run(lambda: self._carry(line, boarded))
        except StoreUnavailable as exc:
            for asked in boarded:
                # Each its own: whoever raises an error leaves traces of himself in it.
                asked.failed(_like(exc))
        except BaseException as exc:
            for asked in boarded:
                asked.failed(exc)
            raise

    async def _carry(self, line: _Line, boarded: list[_Asked]) -> None:
        try:
            await self._send(line, boarded)
        except ConnectionLost as exc:
            # The server restarted, or closed an idle connection in this very moment.
            if not (once_more := [asked for asked in boarded if asked.again]):
                raise
            for asked in boarded:
                if not asked.again:
                    lost = StoreUnavailable(f"Redis cannot be reached: {exc}")
                    lost.__cause__ = exc
                    asked.failed(lost)
            await self._send(line, once_more)

    async def _send(self, line: _Line, boarded: list[_Asked]) -> None:
        commands = [command for asked in boarded for command in asked.commands]
        await self._take_place(line.places)
        try:
            answers = iter(await answers_of(line.client, commands))
        finally:
            line.places.release()
        for asked in boarded:
            asked.answered(list(islice(answers, len(asked.commands))))

    async def _take_place(self, places: asyncio.Semaphore) -> None:
        """That many calls at once are our doing, not a failure of Redis."""
        if not places.locked():
            await places.acquire()
            return
        try:
            async with asyncio.timeout(self._seconds / 2):
                await places.acquire()
        except TimeoutError as exc:
            raise Crowded(f"{MOST_CONNECTIONS} calls to Redis wait already") from exc

    async def _line(self) -> _Line:
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            for ended in [old for old in self._lines if old.is_closed()]:
                del self._lines[ended]
            self._lines[loop] = line = self._new_line()
            if line.keeper is not None:
                await anext(line.keeper)
        return line

    def _new_line(self) -> _Line:
        places = asyncio.Semaphore(MOST_CONNECTIONS)
        if self._given is not None:
            return _Line(self._given, places, None)
        client = client_of(self._url or "")
        return _Line(client, places, _keep(client))


async def _keep(client: Redis) -> AsyncGenerator[None]:
    """Holds a client until its event loop ends: a loop closes the generators begun in it, at its
    end or when nobody holds them any more."""
    try:
        yield
    finally:
        with suppress(RedisError, OSError):
            await client.aclose()


def _let_go(lines: dict[asyncio.AbstractEventLoop, _Line]) -> None:
    """Nothing but to have held them until now: their event loops close them."""


def _like(error: StoreUnavailable) -> StoreUnavailable:
    another = type(error)(error.reason)
    another.__cause__ = error.__cause__
    return another
