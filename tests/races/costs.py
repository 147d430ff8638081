"""What two sign-outs at once cost, where their owner has one session and where he has thousands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from statistics import median

from quart import Quart, request, session
from quart.typing import ResponseReturnValue
from quart.typing import TestClientProtocol as Client

from quart_app.sessions import Lifetime, Record, Session, Store
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.redis import RedisStore
from tests.kit.redis import RedisServer

MOST_TIMES = 1.5
PAIRS = 5
CREATED_AT_ONCE = 64
PATIENT = timedelta(seconds=5)
FEW, MANY = "owner-of-one", "owner-of-many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of a pair, in microseconds of processor time."""

    few: float
    many: float

    @property
    def times(self) -> float:
        """How much dearer it is with many."""
        return self.many / self.few


async def measure(kind: str, folder: Path, *, sessions: int, batches: int) -> Cost:
    """The medians over batches that take turns, so that a busy moment falls on both."""
    spent: dict[str, list[float]] = {FEW: [], MANY: []}
    async with _application(kind, folder) as (app, store, processor_seconds):
        await _fill(store, sessions)
        for number in range(2 * batches):
            owner = (FEW, MANY)[number % 2]
            browsers = [await _signed_in(app, owner) for _ in range(PAIRS)]
            before = processor_seconds()
            for one, other in browsers:
                await asyncio.gather(one.post("/logout"), other.post("/logout"))
            spent[owner].append((processor_seconds() - before) / PAIRS * 1e6)
    return Cost(few=median(spent[FEW]), many=median(spent[MANY]))


@asynccontextmanager
async def _application(
    kind: str, folder: Path
) -> AsyncIterator[tuple[Quart, Store, Callable[[], float]]]:
    """A login, its store, and how much processor time they have used."""
    store: Store
    with ExitStack() as stack:
        processor_seconds = time.process_time
        if kind == "redis":
            redis = stack.enter_context(RedisServer.running())
            store = RedisStore(url=redis.url, timeout=PATIENT)

            def processor_seconds() -> float:
                return time.process_time() + _used_by(redis)
        else:
            store = FilesystemStore(folder / "sessions", timeout=PATIENT)
        app = Quart(__name__)
        app.config.update(SESSION_OWNER_KEY="name", SESSIONS_PER_OWNER=0)
        Session(app, store=store)
        app.add_url_rule("/login", view_func=_login, methods=["POST"])
        app.add_url_rule("/logout", view_func=_logout, methods=["POST"])
        try:
            yield app, store, processor_seconds
        finally:
            await store.close()


async def _login() -> ResponseReturnValue:
    session["name"] = (await request.form)["name"]
    return "in"


async def _logout() -> ResponseReturnValue:
    session["name"] = None
    return "out"


async def _signed_in(app: Quart, owner: str) -> tuple[Client, Client]:
    """Two windows of one browser."""
    one, other = app.test_client(), app.test_client()
    await one.post("/login", form={"name": owner})
    assert one.cookie_jar is not None
    other.cookie_jar = one.cookie_jar
    return one, other


async def _fill(store: Store, sessions: int) -> None:
    """Give the owner of many so many."""
    for start in range(0, sessions, CREATED_AT_ONCE):
        numbers = range(start, min(start + CREATED_AT_ONCE, sessions))
        await asyncio.gather(*(store.create(_record(number)) for number in numbers))


def _record(number: int) -> Record:
    now = time.time()
    return Record(
        key=sha256(number.to_bytes(8, "big")).hexdigest(),
        fields={},
        created_at=now,
        seen_at=now,
        lifetime=Lifetime(idle=timedelta(hours=8), ends_at=now + 604_800),
        owner=MANY,
    )


def _used_by(redis: RedisServer) -> float:
    used = redis.tell("INFO", "cpu")
    return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])
