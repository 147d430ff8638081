"""The way to Redis: what goes there together, its deadline, and what is sent again; knows of no
session."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any, TypeAlias

from redis.asyncio import RedisCluster
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
    WAIT,
    Client,
    Command,
    NoAnswer,
    Refused,
    answers_of,
    checked,
)
from quart_app.sessions.stores.redis.scripts import Script
from quart_app.sessions.stores.redis.urls import client_of, close, doubt, look_again
from quart_app.sessions.stores.together import Asked, Together

Call: TypeAlias = tuple[Script, bytes, list[bytes]]

# Few enough that big sessions among them do not use up the deadline of all. A call that brings more
# commands than one change of a session does, as a list of an owner's sessions, goes alone.
TOGETHER = 32
FEW = 2
LOOK_AGAIN = timedelta(seconds=1)
# Replicas are waited for this part of the deadline, for a script that is not known is sent twice.
WAITING = 3


@dataclass(frozen=True, slots=True)
class _Commands:
    """What is sent for one call."""

    commands: Sequence[Command]
    again: bool


_Asked: TypeAlias = Asked[_Commands, list[Any]]
_Travels: TypeAlias = Together[_Commands, list[Any]]


@dataclass(frozen=True, slots=True)
class _Line:
    """What belongs to one event loop. The keeper, if the client is ours, closes it in the end."""

    client: Client
    places: asyncio.Semaphore
    keeper: AsyncGenerator[None] | None
    together: _Travels
    alone: _Travels
    checks: set[asyncio.Task[None]] = field(default_factory=set)

    def check(self, how: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
        """Check meanwhile whether the client still leads where it should. One check at a time will
        do, and a client that the application gave is the application's."""
        if self.keeper is None or self.checks:
            return
        task = asyncio.get_running_loop().create_task(how(self.client))
        self.checks.add(task)
        task.add_done_callback(self.checks.discard)


class Link:
    """Sends commands and scripts. Each answer is Redis's own, undecoded, or a `WrongType`."""

    def __init__(self, *, url: str | None, client: Client | None, timeout: timedelta) -> None:
        if (url is None) == (client is None):
            raise ConfigurationError("RedisStore takes either url= or client=, and one of them")
        self._url = url
        self._given = client
        self._seconds = timeout.total_seconds()
        self._look_at = 0.0
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
        return [checked(answer) for answer in await self._run(calls, (), again=again)]

    async def run_copied(self, call: Call, *, replicas: int, again: bool = True) -> tuple[Any, int]:
        """What the script answers, and how many replicas have its change by then. They are waited
        for, but never so long that the call would be late; what Redis cannot tell is none. Where a
        slot of a cluster moves away in this moment, the replicas are those of where it was."""
        wait = (WAIT, str(replicas), str(max(1, int(self._seconds * 1000 / WAITING))))
        answer, copies = await self._run([call], [wait], again=again)
        return checked(answer), copies if isinstance(copies, int) else 0

    async def _run(
        self, calls: Sequence[Call], after: Sequence[Command], *, again: bool
    ) -> list[Any]:
        by_hash = [_script("EVALSHA", script.sha, key, args) for script, key, args in calls]
        answers = await self._exchange([*by_hash, *after], again=again)
        if any(isinstance(answer, NoScriptError) for answer in answers):
            by_text = [_script("EVAL", script.text, key, args) for script, key, args in calls]
            answers = await self._exchange([*by_text, *after], again=again)
        return answers

    async def ping(self) -> None:
        """Make sure that Redis answers. Raises `StoreUnavailable`, and `ConfigurationError` for
        what only a person can mend."""
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
        """Close the client that was made for this loop. Those of other loops close in theirs, and
        one that was given belongs to the application that gave it: it is not used any more."""
        line = self._lines.pop(asyncio.get_running_loop(), None)
        if line is None:
            return
        # Calls under way end within their deadline, those too whose callers were cancelled. Closed
        # under their hands, one might connect once more, and no loop would close that.
        await line.together.ended()
        await line.alone.ended()
        await asyncio.gather(*line.checks)
        if line.keeper is not None:
            await line.keeper.aclose()

    async def _exchange(self, commands: Sequence[Command], *, again: bool = True) -> list[Any]:
        """By one connection, in one write and one read with what else is sent at this moment: so
        a process that is busy spends a third on each."""
        line = await self._line()
        is_quick = len(commands) <= FEW and all(command[0] != WAIT for command in commands)
        travels = line.together if is_quick else line.alone
        return await travels.ask(
            _Commands(commands, again),
            lambda asked: self._guard.run(lambda: self._carry(line, asked)),
        )

    async def _carry(self, line: _Line, asked: list[_Asked]) -> None:
        try:
            await self._send(line, asked)
        except ConnectionLost as exc:
            # The server restarted, or closed an idle connection in this very moment.
            if not (once_more := [each for each in asked if each.what.again]):
                raise
            lost = StoreUnavailable(f"Redis cannot be reached: {exc}")
            lost.__cause__ = exc
            for each in asked:
                if not each.what.again:
                    each.failed(lost)
            await self._send(line, once_more)

    async def _send(self, line: _Line, asked: list[_Asked]) -> None:
        commands = [command for each in asked for command in each.what.commands]
        if time.monotonic() > self._look_at:
            self._look_at = time.monotonic() + LOOK_AGAIN.total_seconds()
            line.check(look_again)
        await self._take_place(line.places)
        try:
            answers = iter(await answers_of(line.client, commands))
        except asyncio.CancelledError:
            line.check(doubt)
            raise
        finally:
            line.places.release()
        for each in asked:
            each.answered(list(islice(answers, len(each.what.commands))))

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
        together, alone = _Travels(most=TOGETHER), _Travels(most=1)
        client = self._given if self._given is not None else client_of(self._url or "")
        if isinstance(client, RedisCluster):
            together = alone  # its nodes fail one by one: what goes to one of them is to fail alone
        keeper = _keep(client) if self._given is None else None
        return _Line(client, places, keeper, together, alone)


async def _keep(client: Client) -> AsyncGenerator[None]:
    """Holds a client until its event loop ends: a loop closes the generators begun in it, at its
    end or when nothing holds them any more."""
    try:
        yield
    finally:
        await close(client)


def _script(how: str, script: str, key: bytes, args: list[bytes]) -> Command:
    return how, script, b"1", key, *args


def _let_go(lines: dict[asyncio.AbstractEventLoop, _Line]) -> None:
    """Nothing but to have held them until now: their event loops close them."""
