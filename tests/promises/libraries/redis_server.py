"""One redis-server for all adapters of a run, and time that passes in it when a test says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis

from tests.kit.programs import found
from tests.kit.redis import RedisServer
from tests.promises.adapter import Adapter, NotInstalled


@dataclass(frozen=True)
class Database:
    """What an adapter needs to know of the server, and to ask it from outside of any request."""

    port: int
    url: str
    admin: redis.Redis

    def keys(self) -> list[bytes]:
        """The name of everything that is kept."""
        return list(self.admin.scan_iter())

    def age(self, seconds: float) -> None:
        """Bring everything nearer to its expiry, as if so much time had passed."""
        for key in self.keys():
            left = self.admin.pttl(key)
            if left >= 0:
                # With a time that is up already, this deletes.
                self.admin.pexpire(key, int(left - seconds * 1000))


_running: list[Database] = []


class InRedis(Adapter):
    """A library that keeps its sessions in the server, each under one key."""

    database: Database

    async def records(self) -> int:
        """Keys in the database."""
        return len(self.database.keys())

    def advance(self, seconds: float) -> None:
        """Its clock is the one in Redis."""
        self.database.age(seconds)


@contextmanager
def serving() -> Iterator[None]:
    """Have a server for as long as this lasts, if there is one to be had."""
    if found("redis-server") is None:
        yield
        return
    with RedisServer.running() as server, redis.Redis(port=server.port, protocol=2) as admin:
        _running.append(Database(server.port, server.url, admin))
        try:
            yield
        finally:
            _running.pop()


def empty_database() -> Database:
    """The server, without anything in it."""
    if not _running:
        raise NotInstalled("no redis-server here: apt-get install redis-server")
    database = _running[-1]
    database.admin.flushall()
    return database
