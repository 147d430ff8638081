"""The way to Redis: its clients, its deadline, its errors in our words; knows of no session."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from quart_app.errors import ConfigurationError, StoreUnavailable
from quart_app.sessions.stores.guard import Crowded, Guard
from quart_app.sessions.stores.redis.scripts import Script

try:
    from redis.asyncio import ConnectionPool, Redis, RedisCluster
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.client import NEVER_DECODE
    from redis.exceptions import (
        AuthenticationError,
        MaxConnectionsError,
        NoPermissionError,
        NoScriptError,
        RedisClusterException,
        RedisError,
        ResponseError,
    )
    from redis.exceptions import ConnectionError as ConnectionLost
except ImportError as exc:
    raise ConfigurationError(
        "sessions in Redis need the redis package, 6.4 or later: pip install 'quart-app[redis]'"
    ) from exc

try:
    from redis.driver_info import DriverInfo

    # redis-py 7.2 and later would read its own version from disk for each connection, and hold
    # up the event loop meanwhile.
    DRIVER: dict[str, Any] = {"driver_info": DriverInfo()}
except ImportError:
    DRIVER = {}

Client: TypeAlias = Redis | RedisCluster
Command: TypeAlias = Sequence[str | bytes]
Call: TypeAlias = tuple[Script, bytes, list[bytes]]

PING = ("PING",)
MOST_CONNECTIONS = 64
URL_CURE = (
    "the Redis URL must look like redis://user:password@host:6379/0, rediss://… or"
    " unix:///path.sock, with options after it that redis-py knows"
)
AUTH_CURE = "Redis refuses the user or password: put the right ones into the Redis URL or client"

# Words in the name or text of an error, and what a person can do about it.
CURES = {
    "OutOfMemory": "Redis is out of memory: raise its maxmemory",
    "ReadOnly": "this Redis is a read-only replica: connect to the primary",
    "NoPermission": "the Redis user lacks rights: allow +@hash +@sortedset +@scripting +@pubsub and"
    " the keys and channels under the prefix of the sessions",
    "NoScript": "Redis forgets scripts at once: see what runs SCRIPT FLUSH",
    "MISCONF": "Redis cannot write to its disk and takes no changes: see its log",
    "BUSY": "Redis is held up by a script: SCRIPT KILL ends it",
    "MasterDown": "this Redis replica has lost its primary: connect to the primary",
    "ClusterDown": "the Redis cluster is down: see CLUSTER INFO",
    "MovedError": "this Redis is part of a cluster: give the store a RedisCluster client",
    # The message goes on with the arguments, keys among them.
    "unknown command": "Redis lacks a command that sessions need: use Redis 7, Valkey or later",
}


class NoAnswer(Exception):
    """What came back, if anything, cannot be read as an answer of Redis."""


class Refused(NoAnswer):
    """Redis does not let us in."""


class WrongType:
    """In place of an answer: under this key is something that is not ours."""


@dataclass(frozen=True, slots=True)
class _Line:
    """What belongs to one event loop. The keeper, if the client is ours, closes it in the end."""

    client: Client
    places: asyncio.Semaphore
    keeper: AsyncGenerator[None] | None


class Link:
    """Sends commands and scripts. Each answer is Redis's own, undecoded, or a `WrongType`."""

    def __init__(self, *, url: str | None, client: Client | None, timeout: timedelta) -> None:
        if (url is None) == (client is None):
            raise ConfigurationError("RedisStore takes either url= or client=, and one of them")
        self._url = url
        self._given = client
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
        return [_checked(answer) for answer in await self._exchange(commands)]

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
        return [_checked(answer) for answer in answers]

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
        for _ in range(MOST_CONNECTIONS):
            await line.places.acquire()
        await line.keeper.aclose()

    async def _exchange(self, commands: Sequence[Command], *, again: bool = True) -> list[Any]:
        async def call() -> list[Any]:
            try:
                return await self._send(commands)
            except ConnectionLost:
                # The server restarted, or closed an idle connection in this very moment.
                if not again:
                    raise
                return await self._send(commands)

        return await self._guard.run(call)

    async def _send(self, commands: Sequence[Command]) -> list[Any]:
        """One round trip. An error that Redis answered is an answer too: Redis is there."""
        line = await self._line()
        await self._take_place(line.places)
        try:
            return await _answers(line.client, commands)
        except ResponseError as exc:
            return [exc]
        except AuthenticationError as exc:
            raise Refused(AUTH_CURE) from exc
        except MaxConnectionsError as exc:
            raise Crowded("all Redis connections are in use: allow more") from exc
        except (OSError, ValueError, TypeError, LookupError, AttributeError) as exc:
            # redis-py stumbles over garbage, and over a connection closed by another task.
            raise NoAnswer(type(exc).__name__) from exc
        finally:
            line.places.release()

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
        client = _client(self._url or "")
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


def _client(url: str) -> Redis:
    """A client that never waits by itself: the guard's deadline is the only one, and the link
    sends again what may be sent again."""
    try:
        pool = ConnectionPool.from_url(
            url,
            max_connections=MOST_CONNECTIONS,
            socket_connect_timeout=None,
            socket_timeout=None,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            **DRIVER,
        )
        # Does not connect yet, but finds options that redis-py does not know.
        pool.make_connection()  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, RedisError):
        # Without the cause: it may quote a piece of the password.
        raise ConfigurationError(URL_CURE) from None
    return Redis.from_pool(pool)


async def _answers(client: Client, commands: Sequence[Command]) -> list[Any]:
    # A cluster client passes its options on to what makes one answer of those of all nodes.
    raw = {} if commands == (PING,) else {NEVER_DECODE: True}
    if len(commands) == 1:
        return [await client.execute_command(*commands[0], **raw)]
    pipeline = client.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command, **raw)
    answers: list[Any] = await pipeline.execute(raise_on_error=False)
    for answer in answers:
        # A cluster client hands over a connection that it lost as if that were an answer.
        if isinstance(answer, Exception) and not isinstance(answer, ResponseError):
            raise answer
    return answers


def _checked(answer: Any) -> Any:
    if not isinstance(answer, Exception):
        return answer
    words = f"{type(answer).__name__}: {answer}"
    if "WRONGTYPE" in words:
        return WrongType()
    cure = next((cure for sign, cure in CURES.items() if sign in words), f"Redis says {words}")
    raise StoreUnavailable(cure) from answer
