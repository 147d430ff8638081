"""redis-py: which of it we use, and what its errors mean for a person; knows of no session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from redis.asyncio import Redis, RedisCluster
from redis.client import NEVER_DECODE
from redis.exceptions import AuthenticationError, MaxConnectionsError, ResponseError

from quart_app.errors import StoreUnavailable
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
WAIT = "WAIT"
MOST_CONNECTIONS = 64
AUTH_CURE = "Redis refuses the user or password: put the right ones into SESSION_URI or client"

# All that is ever sent, by scripts too. `select` is for another database than 0, the last three are
# what a client of a cluster learns its way by.
RIGHTS = (
    *("ping", "select", "eval", "evalsha", "exists", "del", "pexpire", "time", "wait"),
    *("hget", "hset", "hdel", "hmget", "hgetall"),
    *("zadd", "zrem", "zremrangebyscore", "zrange", "zrangebyscore", "zcard"),
    *("publish", "subscribe"),
    *("cluster|slots", "command", "asking"),
)
ACL_RULE = " ".join(("resetchannels", "~PREFIX*", "&PREFIX*", *(f"+{right}" for right in RIGHTS)))

# Words in the name or text of an error, and what a person can do about it.
CURES = {
    "OutOfMemory": "Redis is out of memory: raise its maxmemory",
    "ReadOnly": "this Redis is a read-only replica: connect to the primary",
    "NoPermission": "the Redis user lacks rights: with the sessions' key prefix (session:) for"
    f" PREFIX, allow {ACL_RULE}",
    "NoScript": "Redis forgets scripts at once: see what runs SCRIPT FLUSH",
    "MISCONF": "Redis cannot write to its disk and takes no changes: see its log",
    "BUSY": "Redis is held up by a script: SCRIPT KILL ends it",
    "MasterDown": "this Redis replica has lost its primary: connect to the primary",
    "ClusterDown": "the Redis cluster is down: see CLUSTER INFO",
    "MovedError": "this Redis is part of a cluster: write redis+cluster:// in its URL, or give the"
    " store a RedisCluster client",
    # The message goes on with the arguments, keys among them.
    "unknown command": "Redis lacks a command that sessions need: use Redis 7, Valkey or later",
}


class NoAnswer(Exception):
    """What came back, if anything, cannot be read as an answer of Redis."""


class Refused(NoAnswer):
    """Redis does not let us in."""


class WrongType:
    """In place of an answer: under this key is something that is not ours."""


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
    for place, command in enumerate(commands):
        options = _options(command)
        if command[0] == WAIT and isinstance(client, RedisCluster):
            options["target_nodes"] = await _node_of(client, commands[place - 1])
        pipeline.execute_command(*command, **options)
    answers: list[Any] = await pipeline.execute(raise_on_error=False)
    for answer in answers:
        # A cluster client hands over a connection that it lost as if that were an answer.
        if isinstance(answer, Exception) and not isinstance(answer, ResponseError):
            raise answer
    return answers


def _options(command: Command) -> dict[str, Any]:
    # A cluster client passes its options on to what makes one answer of those of all nodes.
    return {} if command == PING else {NEVER_DECODE: True}


async def _node_of(client: RedisCluster, script: Command) -> Any:
    """Where the one key of this script lies."""
    await client.initialize()
    return client.get_node_from_key(script[3])  # type: ignore[arg-type]  # takes bytes too


def checked(answer: Any) -> Any:
    """An answer of Redis, a `WrongType`, or `StoreUnavailable` for what only a person can mend."""
    if not isinstance(answer, Exception):
        return answer
    words = f"{type(answer).__name__}: {answer}"
    if "WRONGTYPE" in words:
        return WrongType()
    cure = next((cure for sign, cure in CURES.items() if sign in words), f"Redis says {words}")
    raise StoreUnavailable(cure) from answer
