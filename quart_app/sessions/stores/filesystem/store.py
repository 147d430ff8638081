"""The filesystem store: at most one thread hop per operation, none for a record read before."""

from __future__ import annotations

import asyncio
import os
import time
import weakref
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

from aiofiles.base import wrap

from quart_app.errors import ConfigurationError, StoreUnavailable
from quart_app.sessions.stores.base import NOTHING, Clock, Store, Swept
from quart_app.sessions.stores.filesystem.directory import prepare
from quart_app.sessions.stores.filesystem.files import Copy, Created, Found, SessionFiles, Version
from quart_app.sessions.stores.filesystem.sweeper import Sweeper
from quart_app.sessions.stores.forwarding import ForwardingAddress, Retired
from quart_app.sessions.stores.guard import Guard
from quart_app.sessions.stores.recent import MOST_BYTES, Recent
from quart_app.sessions.stores.record import Lifetime, Record, oldest_first
from quart_app.sessions.stores.together import Asked, Together
from quart_app.threads import NoThread, Threads

T = TypeVar("T")
Creation: TypeAlias = Callable[[], Created]
_Creating: TypeAlias = Asked[Creation, Created]
_Creations: TypeAlias = Together[Creation, Created]

THREADS = 4
MOST_COPIES = 4_096
# As many as a burst of sign-ins brings. On a slow disk few are made one after the other.
MADE_TOGETHER = 32
SLOW_SECONDS = 0.005


class FilesystemStore(Store):
    """For a local disk, where all processes of a machine see the same files and locks."""

    cure = "try again, or set DATA_DIR"

    def __init__(
        self,
        root: Path,
        *,
        clock: Clock = time.time,
        timeout: timedelta = timedelta(milliseconds=500),
        file_mode: int = 0o600,
    ) -> None:
        super().__init__(clock=clock)
        self._root = root.absolute()
        self.place = f"in files under {self._root}"
        self._files = SessionFiles(self._root, file_mode=file_mode)
        self._sweeper = Sweeper(self._files, clock=clock)
        self._copies = Recent[Copy](most=MOST_COPIES)
        self._creating: tuple[weakref.ref[asyncio.AbstractEventLoop], _Creations] | None = None
        self._guard = Guard(
            f"the session directory {root}", timeout=timeout, unreachable=(NoThread,)
        )
        # A pool of its own: the default one may be full of the application's slow calls.
        self._threads: Threads | None = None
        self._pid = os.getpid()
        self._prepared = False

    @property
    def root(self) -> Path:
        """Where the files lie; the directory is this store's alone."""
        return self._root

    async def create(self, record: Record, *, count: bool = False) -> int | None:
        # Files that are made at the same time are made in one hop. None waits for the lock of
        # another: no other caller has a key that is new.
        wanted = partial(self._files.create, record, count=count)
        version, counted = await self._creations().ask(wanted, self._make)
        self._keep_copy(record, version)
        return counted

    async def find(self, key: str) -> Record | ForwardingAddress | None:
        if (record := self._current_copy(key)) is None:
            found = await self._run(lambda: self._files.read(key))
            if found is not None and isinstance(found[0], Retired):
                address = found[0].address
                return address if address.is_kept(self.clock()) else None
            record = self._kept(found)
        if record is None or record.is_live(self.clock()):
            return record
        self._copies.drop(key)
        return None

    async def patch(
        self,
        key: str,
        *,
        set: Mapping[str, bytes] = NOTHING,
        unset: Collection[str] = (),
        lifetime: Lifetime | None = None,
        since: Mapping[str, bytes] | None = None,
    ) -> Record | None:
        now = self.clock()

        def how(record: Record) -> Record:
            return record.patched(now, set=set, unset=unset, lifetime=lifetime, since=since)

        return await self._change(key, how)

    async def touch(self, key: str, *, seen_at: float) -> Record | None:
        return await self._change(key, lambda record: record.seen(seen_at))

    async def retire(
        self, key: str, address: ForwardingAddress
    ) -> Record | ForwardingAddress | None:
        now = self.clock()
        self._copies.drop(key)
        found = await self._run(lambda: self._files.retire(key, address, now=now))
        if isinstance(found, Retired):
            return found.told_to(address) if found.address.is_kept(now) else None
        return found

    async def delete(self, key: str) -> Record | None:
        self._copies.drop(key)
        found = await self._run(
            lambda: self._files.remove(
                key, only_if=lambda found: isinstance(found, Record), lasting=True
            )
        )
        return found if isinstance(found, Record) and found.is_live(self.clock()) else None

    async def owned_by(self, owner: str) -> list[Record]:
        records = [
            await self.load(key) for key in await self._run(lambda: self._files.keys_of(owner))
        ]
        return oldest_first(record for record in records if record and record.owner == owner)

    async def sweep(self, *, budget: int) -> Swept:
        return await self._run(lambda: self._sweeper.step(budget))

    async def check(self) -> None:
        await self._hop(self._prepare)

    async def application(self) -> str | None:
        return await self._run(self._files.notes.application)

    async def note_application(self, application: str) -> None:
        await self._run(lambda: self._files.notes.note_application(application))

    async def close(self) -> None:
        await self._creations().ended()
        threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False)
        self._files.descriptors.release()
        self._files.notes.forget()
        self._prepared = False

    def _current_copy(self, key: str) -> Record | None:
        if (copy := self._copies.get(key)) is None:
            return None
        record, version = copy
        try:
            current = self._files.version(key)
        except OSError:
            current = None  # reading the file will tell what is wrong
        return record if current == version else None

    def _kept(self, found: Found | None) -> Record | None:
        if found is None:
            return None
        record, version = found
        if isinstance(record, Retired):
            return None
        self._keep_copy(record, version)
        return record

    def _keep_copy(self, record: Record, version: Version | None) -> None:
        if version is None or record.size > MOST_BYTES:
            self._copies.drop(record.key)
        else:
            self._copies.put(record.key, (record, version))

    def _creations(self) -> _Creations:
        """Those of the running event loop. What waits in another's belongs to a task there."""
        loop = asyncio.get_running_loop()
        creating = self._creating  # looked at once: another thread may put its own there
        if creating is None or creating[0]() is not loop:
            self._creating = creating = weakref.ref(loop), Together(most=MADE_TOGETHER)
        return creating[1]

    async def _make(self, asked: list[_Creating]) -> None:
        try:
            outcomes = await self._hop(lambda: self._outcomes(asked))
        except StoreUnavailable as exc:
            for each in asked:
                each.failed(exc)  # and not those that others make at this moment
            return
        for each, outcome in zip(asked, outcomes, strict=False):
            if isinstance(outcome, Exception):
                each.failed(outcome)
            else:
                each.answered(outcome)
        if rest := asked[len(outcomes) :]:
            await asyncio.gather(*[self._make([each]) for each in rest])

    def _outcomes(self, asked: list[_Creating]) -> list[Created | Exception]:
        """What came of the first of them at least. On a slow disk the others are better made side
        by side: one after the other they would all be late, those made in time too."""
        enough_at = time.monotonic() + SLOW_SECONDS
        outcomes: list[Created | Exception] = []
        for each in asked:
            try:
                outcomes.append(self._operate(each.what))
            except Exception as exc:  # noqa: BLE001 - one that is no good must not fail others
                outcomes.append(exc)
            if time.monotonic() > enough_at:
                break
        return outcomes

    async def _change(self, key: str, how: Callable[[Record], Record]) -> Record | None:
        now = self.clock()

        def how_if_live(record: Record) -> Record | None:
            return how(record) if record.is_live(now) else None

        copy = self._copies.get(key)
        changed = self._kept(
            await self._run(lambda: self._files.change(key, how_if_live, copy=copy))
        )
        if changed is None:
            self._copies.drop(key)
        return changed

    async def _run(self, operation: Callable[[], T]) -> T:
        return await self._hop(lambda: self._operate(operation))

    async def _hop(self, call: Callable[[], T]) -> T:
        threads = self._pool()
        return await self._guard.run(lambda: _in_thread(call, executor=threads))

    def _pool(self) -> Threads:
        if self._threads is None or self._pid != os.getpid():
            # A process that was forked off a serving one has the pool, but not its threads.
            self._pid = os.getpid()
            self._threads = Threads(THREADS, thread_name_prefix="sessions")
        return self._threads

    def _prepare(self) -> None:
        self._files.notes.verify()
        prepare(self._root)
        self._files.notes.know_again()
        self._files.descriptors.reserve()
        self._prepared = True

    def _operate(self, operation: Callable[[], T]) -> T:
        """Runs in a pool thread. Whatever the file system says comes out as `StoreUnavailable`."""
        try:
            if not self._prepared:
                self._prepare()
            return operation()
        except ConfigurationError as exc:
            raise StoreUnavailable(str(exc)) from exc
        except OSError as exc:
            raise StoreUnavailable(f"sessions under {self._root}: {exc.strerror}") from exc


@wrap
def _in_thread(call: Callable[[], T]) -> T:
    return call()
