"""Between all machines that keep their sessions in the same Redis: publish and subscribe."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import secrets
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError, RedisClusterException, RedisError

from quart_app.errors import ConfigurationError, StoreUnavailable
from quart_app.live.bus.base import Back, Bus, Heard
from quart_app.live.messages import Missed, pack
from quart_app.sessions.stores.redis import RedisStore
from quart_app.sessions.stores.redis.client import DRIVER, Client
from quart_app.sessions.stores.redis.seldom import Seldom
from quart_app.sessions.stores.redis.urls import client_of, close, database_of

log = logging.getLogger(__name__)

MOST_PENDING = 1_000
HEARD_AT_ONCE = 64
CONNECT_SECONDS = 2.0
# Silence for so long, and then no answer for as long again: the connection is dead.
PING_SECONDS = 5.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 5.0
CLOSING_SECONDS = 1.0
MISSED = pack(Missed())
SENDER_BYTES = 8
# Over garbage, and over connections that end in the wrong moment, redis-py stumbles in many ways.
FAILURES = (
    *(RedisError, RedisClusterException, OSError, ConfigurationError),
    *(ValueError, TypeError, LookupError, AttributeError),
)


class RedisBus(Bus):
    """One connection that listens; what is sent goes the way of the store's other commands."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store
        self._channel = f"{store.key_prefix}live:{database_of(store.server)}"
        # What we send comes back to us too.
        self._sender = secrets.token_bytes(SENDER_BYTES)
        self._listening: asyncio.Task[None] | None = None
        self._sending: asyncio.Task[None] | None = None
        self._to_send: deque[bytes] = deque(maxlen=MOST_PENDING)
        self._has_lost = False
        self._failures = 0
        self._log = Seldom(log)

    def listen(self, heard: Heard, back: Back) -> None:
        self._listening = asyncio.create_task(self._keep_listening(heard, back))

    @property
    def is_crowded(self) -> bool:
        return len(self._to_send) >= MOST_PENDING // 2

    def send(self, packed: bytes) -> None:
        self._has_lost |= len(self._to_send) == MOST_PENDING
        self._to_send.append(packed)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_all())

    async def close(self) -> None:
        if self._sending is not None:
            await asyncio.wait([self._sending], timeout=CLOSING_SECONDS)
            self._sending.cancel()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])

    async def _send_all(self) -> None:
        while self._to_send:
            try:
                if self._has_lost:
                    self._has_lost = False  # and not after it: more may be lost meanwhile
                    await self._publish(MISSED)
                await self._publish(self._to_send.popleft())
            except StoreUnavailable as exc:
                self._log.warning(
                    "other processes not told: %s", str(exc), extra={"reason": str(exc)}
                )
                self._has_lost = True
                self._to_send.clear()

    async def _publish(self, packed: bytes) -> None:
        await self._store.publish(self._channel, self._sender + packed)

    async def _keep_listening(self, heard: Heard, back: Back) -> None:
        while True:
            try:
                await self._listen(heard, back)
            except FAILURES as exc:
                if self._failures == 0:
                    reason = _reason(exc, self._channel)
                    self._log.warning(
                        "other processes are not heard for now: %s",
                        reason,
                        extra={"reason": reason},
                    )
                self._failures += 1
            # All processes lost Redis in the same moment.
            pause = min(FIRST_PAUSE_SECONDS * 2 ** min(self._failures, 10), LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - a pause is no secret

    async def _listen(self, heard: Heard, back: Back) -> None:
        async with _listener(self._store.server) as client, client.pubsub() as channel:
            async with asyncio.timeout(PING_SECONDS):
                await channel.subscribe(self._channel)
            is_silent = False
            for count in itertools.count(1):
                if count % HEARD_AT_ONCE == 0:
                    # What has arrived already is had without waiting, so no other task got a turn.
                    await asyncio.sleep(0)
                message = await channel.get_message(timeout=PING_SECONDS)
                if message is None and is_silent:
                    raise TimeoutError("Redis does not answer")
                is_silent = message is None
                if message is None:
                    await channel.ping()
                elif message["type"] == "subscribe":
                    # For the first time, or again after redis-py has connected anew by itself.
                    self._failures = 0
                    back()
                elif message["type"] == "message":
                    self._hear(message["data"], heard)

    def _hear(self, data: bytes, heard: Heard) -> None:
        if not data.startswith(self._sender):
            heard(data[SENDER_BYTES:])


@asynccontextmanager
async def _listener(server: str | Client) -> AsyncIterator[Redis]:
    """With a connection to itself: a shared one is not made for waiting."""
    shared = client_of(server) if isinstance(server, str) else server
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            pool = await _pool_like(shared)
        pool.connection_kwargs |= {
            "decode_responses": False,
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": None,
            "health_check_interval": 0,
            "retry": Retry(NoBackoff(), 0),
            **DRIVER,
        }
        async with Redis.from_pool(pool) as client:
            yield client
    finally:
        if isinstance(server, str):
            await close(shared)


async def _pool_like(client: Client) -> ConnectionPool:
    if isinstance(client, Redis):
        shared = client.connection_pool
        return ConnectionPool(shared.connection_class, **shared.connection_kwargs)
    await client.initialize()
    # Each node of a cluster hears what is published at any of them.
    node = client.get_random_node()
    return ConnectionPool(node.connection_class, **node.connection_kwargs)


def _reason(failure: Exception, channel: str) -> str:
    if isinstance(failure, NoPermissionError):
        return f"the Redis user lacks rights: allow +publish +subscribe &{channel}"
    return str(failure) or type(failure).__name__
