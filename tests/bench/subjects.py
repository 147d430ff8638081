"""What is measured: ours, cachelib's files (Flask-Session's default) and quart-session's Redis."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cachelib import FileSystemCache
from quart.json.tag import TaggedJSONSerializer
from quart_session.sessions import RedisSessionInterface
from redis.asyncio import Redis

from quart_app.sessions import Store
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.filesystem.directory import prepare
from quart_app.sessions.stores.filesystem.files import SessionFiles
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.sessions.stores.redis import RedisStore
from tests.bench.records import CHANGE, VALUES, key, record
from tests.kit.redis import RedisServer

LIFETIME_SECONDS = 28_800


class Subject(ABC):
    """Something that keeps sessions. Each method does one thing to the session of that number."""

    @abstractmethod
    async def create(self, number: int) -> object: ...

    @abstractmethod
    async def read(self, number: int) -> object: ...

    async def read_again(self, number: int) -> object:
        return await self.read(number)

    @abstractmethod
    async def patch(self, number: int) -> object: ...

    async def touch(self, number: int) -> object:
        return await self.patch(number)

    @abstractmethod
    async def delete(self, number: int) -> object: ...

    @abstractmethod
    async def close(self) -> None: ...


class Ours(Subject):
    """Any store of ours; `reader` is a second one over the same data, with nothing in memory."""

    def __init__(self, store: Store, reader: Store | None = None) -> None:
        self.store = store
        self._reader = reader or store

    async def create(self, number: int) -> object:
        await self.store.create(record(number))
        return None

    async def read(self, number: int) -> object:
        return await self._reader.load(key(number))

    async def patch(self, number: int) -> object:
        return await self.store.patch(key(number), set=CHANGE)

    async def touch(self, number: int) -> object:
        return await self.store.touch(key(number), seen_at=time.time())

    async def delete(self, number: int) -> object:
        return await self.store.delete(key(number))

    async def close(self) -> None:
        await self.store.close()
        await self._reader.close()


class OursWithoutHop(Subject):
    """The filesystem store's work itself, not handed to a thread."""

    def __init__(self, root: Path) -> None:
        prepare(root)
        self.files = SessionFiles(root, file_mode=0o600)
        self._reader = FilesystemStore(root)

    async def create(self, number: int) -> object:
        return self.files.create(record(number))

    async def read(self, number: int) -> object:
        return self.files.read(key(number))

    async def read_again(self, number: int) -> object:
        return await self._reader.load(key(number))

    async def patch(self, number: int) -> object:
        now = time.time()
        return self.files.change(key(number), lambda found: found.patched(now, set=CHANGE))

    async def touch(self, number: int) -> object:
        now = time.time()
        return self.files.change(key(number), lambda found: found.seen(now))

    async def delete(self, number: int) -> object:
        return self.files.remove(key(number), only_if=lambda _: True, lasting=True)

    async def close(self) -> None:
        await self._reader.close()


class Cachelib(Subject):
    """As Flask-Session uses it: a change writes the whole session back. Its cap, which throws
    sessions out, is off."""

    def __init__(self, root: Path) -> None:
        self._cache = FileSystemCache(str(root), threshold=0, default_timeout=LIFETIME_SECONDS)

    async def create(self, number: int) -> object:
        return self._cache.set(key(number), VALUES)

    async def read(self, number: int) -> object:
        return self._cache.get(key(number))

    async def patch(self, number: int) -> object:
        return self._cache.set(key(number), VALUES)

    async def delete(self, number: int) -> object:
        return self._cache.delete(key(number))

    async def close(self) -> None:
        """Nothing is open."""


class QuartSession(Subject):
    """quart-session 3.0.0 on Redis, with the serializer that it uses."""

    def __init__(self, client: Redis) -> None:
        # What its extension hands it besides is not looked at by these methods.
        self._interface = RedisSessionInterface(redis=client, key_prefix="session:")
        self._serializer = TaggedJSONSerializer()
        self._client = client

    async def create(self, number: int) -> object:
        value = self._serializer.dumps(VALUES)
        return await self._interface.set(key(number), value, expiry=LIFETIME_SECONDS)

    async def read(self, number: int) -> Any:
        return self._serializer.loads(await self._interface.get(key(number)))

    async def patch(self, number: int) -> object:
        return await self.create(number)

    async def delete(self, number: int) -> object:
        return await self._interface.delete(key(number))

    async def close(self) -> None:
        await self._client.aclose()


@contextmanager
def subjects() -> Iterator[dict[str, Subject]]:
    """All of them, on fresh directories of one disk and on one Redis server."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(dir=Path.cwd(), prefix=".bench-")))
        server = stack.enter_context(RedisServer.running())
        yield {
            "cachelib": Cachelib(folder / "cachelib"),
            "files, without the hop": OursWithoutHop(folder / "inline"),
            "files": Ours(FilesystemStore(folder / "files"), FilesystemStore(folder / "files")),
            "memory": Ours(MemoryStore()),
            "quart-session on Redis": QuartSession(Redis.from_url(server.url)),
            "Redis": Ours(RedisStore(url=server.url)),
        }
