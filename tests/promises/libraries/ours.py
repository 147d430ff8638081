"""quart_app.sessions over each of its stores."""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, TypeVar, cast

from quart import Quart, session

from quart_app.errors import StoreUnavailable
from quart_app.sessions import ServerSideSession, Session, Store
from quart_app.sessions.held.tokens import new_token
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import FakeClock, WrappedStore
from tests.promises.adapter import Adapter, Answer, Flight, handle
from tests.promises.http import METHODS, ask_asgi
from tests.promises.libraries import redis_server
from tests.promises.operations import USER
from tests.promises.schedule import AnswerLost, pause
from tests.sessions.browser import CountingStore

T = TypeVar("T")
KINDS = dict.fromkeys(("find",), "read") | dict.fromkeys(
    ("create", "patch", "touch", "retire", "delete"), "write"
)
IDLE = timedelta(seconds=100)
RETIRED = b"retired"  # what the store in Redis files a forwarding address as
# A step may wait long for its turn on a busy machine; what a slow store does is tested elsewhere.
PATIENCE = timedelta(seconds=10)


class PausingStore(WrappedStore):
    """A store with a pausing point on either side of each call that a request makes."""

    async def called(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        if (kind := KINDS.get(name)) is None:
            return await call()
        await pause(f"{kind} {name}")
        result = await call()
        try:
            await pause(f"after {name}")
        except AnswerLost as exc:
            raise StoreUnavailable(f"the answer to {name} was lost") from exc
        return result


class Ours(Adapter):
    """An application with one page, mounted as README shows it."""

    idle: ClassVar[float | None] = IDLE.total_seconds()
    can_lose_answers: ClassVar[bool] = True
    can_end_all: ClassVar[bool] = True

    async def open(self) -> None:
        """A new application over a new store, with a clock that stands still."""
        self.clock = FakeClock()
        self.store = self.new_store()
        app = Quart(__name__)
        app.config["SESSION_IDLE_LIFETIME"] = IDLE
        if not self.guesses_owner:
            app.config["SESSION_OWNER_KEY"] = USER
        Session(app, store=PausingStore(self.store), clock=self.clock)
        app.add_url_rule("/", view_func=_page, methods=METHODS)
        self.app = app

    @abstractmethod
    def new_store(self) -> Store:
        """The store under test, empty."""

    async def close(self) -> None:
        """As at shut-down."""
        await self.store.close()

    async def call(self, flight: Flight) -> Answer:
        """Through Quart's own ASGI entrance."""
        return await ask_asgi(self.app, flight)

    def invent(self) -> str:
        """Made as the library makes its own."""
        return new_token()

    async def end_all(self, user: str) -> None:
        """As an application would."""
        interface = cast(ServerSideSessionInterface, self.app.session_interface)
        await interface.delete_owned_by(user)

    def advance(self, seconds: float) -> None:
        """Turn the clock of the application and its store."""
        self.clock.advance(seconds=seconds)

    async def sweep(self) -> None:
        """Step by step until it has come round."""
        while not (await self.store.sweep(budget=7)).finished:
            pass


class OursInMemory(Ours):
    """quart_app with its store for tests."""

    name: ClassVar[str] = "quart_app, memory"

    def new_store(self) -> Store:
        self.counting = CountingStore(clock=self.clock)
        return self.counting

    async def records(self) -> int:
        return len(await self.counting.records())


class OursInFiles(Ours):
    """quart_app with its default store."""

    name: ClassVar[str] = "quart_app, files"

    def new_store(self) -> Store:
        self.folder = tempfile.TemporaryDirectory(prefix="promises-")
        root = Path(self.folder.name) / "sessions"
        return FilesystemStore(root, clock=self.clock, timeout=PATIENCE)

    async def close(self) -> None:
        await super().close()
        self.folder.cleanup()

    async def records(self) -> int:
        folder = Path(self.folder.name) / "sessions" / "records"
        keys = [path.parent.name + path.name for path in folder.rglob("*") if path.is_file()]
        # What has expired is kept a day longer, and what ended leaves an address for two minutes.
        return len([key for key in keys if await self.store.load(key) is not None])


class OursInRedis(Ours):
    """quart_app with the store for several machines."""

    name: ClassVar[str] = "quart_app, Redis"

    def new_store(self) -> Store:
        self.database = redis_server.empty_database()
        return RedisStore(url=self.database.url, clock=self.clock, timeout=PATIENCE)

    async def records(self) -> int:
        names = self.database.keys()
        records = [name for name in names if not name.startswith(b"session:owner:")]
        return sum(self.database.admin.hget(name, "v") != RETIRED for name in records)

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self.database.age(seconds)


class OursInMemoryGuessing(OursInMemory):
    """The same in an application that does not say who is signed in."""

    name: ClassVar[str] = "quart_app, memory, guessing"
    guesses_owner: ClassVar[bool] = True


class OursInFilesGuessing(OursInFiles):
    """The same in an application that does not say who is signed in."""

    name: ClassVar[str] = "quart_app, files, guessing"
    guesses_owner: ClassVar[bool] = True


class OursInRedisGuessing(OursInRedis):
    """The same in an application that does not say who is signed in."""

    name: ClassVar[str] = "quart_app, Redis, guessing"
    guesses_owner: ClassVar[bool] = True


async def _page() -> str:
    mine = cast(ServerSideSession, session)
    await handle(mine, mine.regenerate)
    return "done"
