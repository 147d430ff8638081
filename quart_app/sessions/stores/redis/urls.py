"""What a Redis URL may say, and the client that it makes: of one server, of a cluster, or of the
server that Sentinels name."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import unquote

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError

from quart_app.errors import ConfigurationError
from quart_app.sessions.stores.redis.client import DRIVER, MOST_CONNECTIONS, Client
from quart_app.sessions.stores.redis.cluster import Cluster
from quart_app.sessions.stores.redis.sentinels import PrimaryPool, Sentinels

URL_CURE = (
    "SESSION_URI, the Redis URL, must look like redis://user:password@host:6379/0, rediss://…"
    " (TLS), unix:///path.sock, redis+cluster://user:password@host:6379,host2:6379 or"
    " redis+sentinel://user:password@host:26379,host2:26379/name-of-the-primary/0, with options"
    " after it that redis-py knows"
)
# A Sentinel that is asked by the live bus has no other deadline.
SENTINEL_SECONDS = 2.0

_URL = re.compile(
    r"(?P<server>rediss?|valkeys?|unix)"
    r"(\+(?P<by>cluster|sentinel))?://(?P<who>[^/?#]*@)?(?P<hosts>[^/?#@]*)"
    r"(/(?P<path>[^?#]*))?(\?(?P<query>[^#]*))?"
)

_Node: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Servers:
    """Several hosts that know each other, and what a connection to each of them takes. Sentinels
    know primaries by name."""

    nodes: list[_Node]
    name: str
    options: dict[str, Any]


def client_of(url: str) -> Client:
    """A client that never waits by itself: the guard's deadline is the only one, and the link
    sends again what may be sent again. Raises `ConfigurationError`."""
    try:
        found = _URL.fullmatch(url)
        if found is not None and found["by"] == "cluster":
            return _cluster(_servers(found))
        if found is not None and found["by"] == "sentinel":
            return _behind_sentinels(_servers(found))
        return _server(url)
    except (ValueError, TypeError, RedisError, RedisClusterException):
        # Without the cause: it may quote a piece of the password.
        raise ConfigurationError(URL_CURE) from None


def database_of(server: str | Client) -> int:
    """The number of the database that is used there. What is wrong with a URL is for `client_of`
    to say."""
    options: dict[str, Any] = {}
    if isinstance(server, Redis):
        options = server.connection_pool.connection_kwargs
    elif isinstance(server, str):
        with suppress(ValueError):
            if (found := _URL.fullmatch(server)) is not None and found["by"]:
                return int(_servers(found).options.get("db") or 0)
            options = _options(server)
    # A cluster has no other.
    return int(options.get("db") or 0)


async def doubt(client: Client) -> None:
    """To be called when an answer is late. What a client of ours remembers of its servers may not
    hold any more: who they are, and that connections at rest lead there."""
    if isinstance(client, Cluster):
        client.doubt()
    elif isinstance(client, Redis):
        with suppress(RedisError, OSError):
            await client.connection_pool.disconnect(inuse_connections=False)


async def look_again(client: Client) -> None:
    """To be called now and then. For eight seconds after a failover that a person ordered, the old
    primary takes changes that are lost then: connections to it are closed before."""
    if (pool := _of_sentinels(client)) is not None:
        with suppress(RedisError, OSError):
            await pool.get_master_address()  # type: ignore[no-untyped-call]


def _of_sentinels(client: Client) -> PrimaryPool | None:
    pool = client.connection_pool if isinstance(client, Redis) else None
    return pool if isinstance(pool, PrimaryPool) else None


async def close(client: Client) -> None:
    """Close a client that was made here."""
    with suppress(RedisError, OSError):
        await client.aclose()
    if (pool := _of_sentinels(client)) is not None:
        await pool.sentinel_manager.aclose()


def _patient() -> dict[str, Any]:
    return {
        "max_connections": MOST_CONNECTIONS,
        "socket_connect_timeout": None,
        "socket_timeout": None,
        "retry": _never_again(),
        "protocol": 2,
        **DRIVER,
    }


def _never_again() -> Retry:
    return Retry(NoBackoff(), 0)


def _server(url: str) -> Redis:
    pool = ConnectionPool(**{**_patient(), **_options(url)})
    _make_one_connection(pool)
    return Redis.from_pool(pool)


def _make_one_connection(pool: ConnectionPool) -> None:
    """Does not connect yet, but finds options that redis-py does not know."""
    pool.make_connection()  # type: ignore[no-untyped-call]


def _cluster(servers: _Servers) -> Cluster:
    return Cluster(
        startup_nodes=[ClusterNode(*node) for node in servers.nodes],
        # Each fifth slot that has moved, redis-py would close all connections, under the hands of
        # other calls. It learns where slots are all the same.
        reinitialize_steps=0,
        **{**_patient(), **servers.options},
    )


def _behind_sentinels(servers: _Servers) -> Redis:
    options = {**_patient(), **servers.options}
    of_sentinels = {
        "username": options.pop("sentinel_username", None),
        "password": options.pop("sentinel_password", None),
        "socket_connect_timeout": SENTINEL_SECONDS,
        "socket_timeout": SENTINEL_SECONDS,
        "retry": _never_again(),
        "protocol": 2,
        **DRIVER,
        **{name: value for name, value in options.items() if name.startswith("ssl")},
    }
    sentinels = Sentinels(servers.nodes, options=of_sentinels)
    pool = PrimaryPool(servers.name, sentinels, **options)  # type: ignore[no-untyped-call]
    _make_one_connection(pool)
    return Redis.from_pool(pool)


def _servers(found: re.Match[str]) -> _Servers:
    """What a URL with several hosts says. Raises `ValueError`."""
    name, database, port = "", found["path"] or "", 6379
    if found["by"] == "sentinel":
        name, _, database = database.partition("/")
        port = 26379
    is_named = bool(name) == (found["by"] == "sentinel")
    if found["server"] == "unix" or not is_named or not re.fullmatch("[0-9]*", database):
        raise ValueError("no such place")
    rest = f"/{database}?{found['query'] or ''}"
    nodes: list[_Node] = []
    options: dict[str, Any] = {}
    for host in found["hosts"].split(","):
        options = _options(f"{found['server']}://{found['who'] or ''}{host}{rest}")
        nodes.append((options.pop("host", ""), options.pop("port", port)))
    if not all(host for host, _ in nodes):
        raise ValueError("no host")
    if options.pop("connection_class", None) is SSLConnection:
        options["ssl"] = True
    return _Servers(nodes, unquote(name), options)


def _options(url: str) -> dict[str, Any]:
    """What redis-py reads in a URL. Raises `ValueError`."""
    return {**parse_url(re.sub("^valkey(?=s?://)", "redis", url))}
