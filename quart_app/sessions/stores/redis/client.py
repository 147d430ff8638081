"""redis-py: which of it we use, and what its errors mean for a person; knows of no session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from redis.asyncio import ConnectionPool, Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.client import NEVER_DECODE
from redis.exceptions import (
    AuthenticationError,
    MaxConnectionsError,
    RedisError,
    ResponseError,
)

from quart_app.errors import ConfigurationError, StoreUnavailable
from quart_app.sessions.stores.guard import Crowded

try:
    from redis.driver_info import DriverInfo

    # redis-py 7.2 and later would read its own version from disk for each connection, and hold
    # up the event loop meanwhile.
    DRIVER: dict[str, Any] = {"driver_info": DriverInfo()}
except ImportError:
    DRIVER = {}

Client: TypeAlias = Redis | RedisCluster
Command: TypeAlias = Sequence[str | bytes]

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


def client_of(url: str) -> Redis:
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


async def answers_of(client: Client, commands: Sequence[Command]) -> list[Any]:
    """One round trip. An error that Redis answered is an answer too: Redis is there. Raises
    `ConnectionLost`, `NoAnswer` and `Crowded`."""
    try:
        return await _answers(client, commands)
    except ResponseError as exc:
        return [exc] * len(commands)
    except AuthenticationError as exc:
        raise Refused(AUTH_CURE) from exc
    except MaxConnectionsError as exc:
        raise Crowded("all Redis connections are in use: allow more") from exc
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as exc:
        # redis-py stumbles over garbage, and over a connection closed by another task.
        raise NoAnswer(type(exc).__name__) from exc


async def _answers(client: Client, commands: Sequence[Command]) -> list[Any]:
    if len(commands) == 1:
        [command] = commands
        return [await client.execute_command(*command, **_options(command))]
    pipeline = client.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command, **_options(command))
    answers: list[Any] = await pipeline.execute(raise_on_error=False)
    for answer in answers:
        # A cluster client hands over a connection that it lost as if that were an answer.
        if isinstance(answer, Exception) and not isinstance(answer, ResponseError):
            raise answer
    return answers


def _options(command: Command) -> dict[str, Any]:
    # A cluster client passes its options on to what makes one answer of those of all nodes.
    return {} if command == PING else {NEVER_DECODE: True}


def checked(answer: Any) -> Any:
    """An answer of Redis, a `WrongType`, or `StoreUnavailable` for what only a person can mend."""
    if not isinstance(answer, Exception):
        return answer
    words = f"{type(answer).__name__}: {answer}"
    if "WRONGTYPE" in words:
        return WrongType()
    cure = next((cure for sign, cure in CURES.items() if sign in words), f"Redis says {words}")
    raise StoreUnavailable(cure) from answer
