"""Runs storage functions: one call is one transaction in one hop to a thread of this pool's own."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from quart_app.accounts.storage import migrating
from quart_app.accounts.storage.backend import WRITES, Backend
from quart_app.errors import AccountsUnavailable, ConfigurationError

P = ParamSpec("P")
T = TypeVar("T")

MOST_WAITING = 1_000
# The event loop has to take each of these steps before a call is late: a machine that is overloaded
# is late with reading answers, too.
STEPS = 5
_AFTER_COMMIT = "quart_app_after_commit"


def after_commit(connection: Connection, call: Callable[[], None]) -> None:
    """Have this called, in the same thread, once what the transaction does is so."""
    connection.info[_AFTER_COMMIT].append(call)


class Database:
    """`await database.write(function, …)` calls `function(connection, …)` in a transaction that is
    committed unless it raises. After a failure of the database it is asked again by the next call,
    so it comes back by itself."""

    def __init__(
        self,
        backend: Backend,
        *,
        timeout: timedelta,
        versions: Sequence[Path] = migrating.VERSIONS,
    ) -> None:
        self._backend = backend
        self._versions = versions
        self._step_seconds = timeout.total_seconds() / STEPS
        self._timeout = timeout
        self._threads: dict[bool, ThreadPoolExecutor] = {}
        self._pid = os.getpid()
        self._waiting = 0
        self._watching = set[asyncio.Future[Any]]()
        self._preparing = threading.Lock()
        self._prepared = False

    async def open(self) -> None:
        """Make or migrate what is to be there. Raises `ConfigurationError` where that cannot be,
        and `AccountsUnavailable`. Without it the first call does so."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._pool(writes=True), self._prepare)

    async def read(
        self,
        function: Callable[Concatenate[Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What the function returns, which changes nothing. Raises `AccountsUnavailable`."""
        return await self._hop(
            _Call(lambda opened: function(opened, *args, **kwargs), writes=False)
        )

    async def write(
        self,
        function: Callable[Concatenate[Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What the function returns, once all that it changed is kept; what it raises changes
        nothing. Raises `AccountsUnavailable`."""
        return await self._hop(_Call(lambda opened: function(opened, *args, **kwargs), writes=True))

    @property
    def waiting(self) -> int:
        """How many calls have not ended, whether or not their callers still wait."""
        return self._waiting

    async def close(self) -> None:
        """Let go of threads and connections; idempotent."""
        threads, self._threads = self._threads, {}
        await asyncio.get_running_loop().run_in_executor(None, self._let_go, threads.values())

    async def _hop(self, call: _Call[T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise AccountsUnavailable(f"{self._backend.name} has {self._waiting} calls waiting")
        self._waiting += 1
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._pool(writes=call.writes), self._run, call)
        future.add_done_callback(self._ended)
        try:
            return await self._in_time(future, call)
        except asyncio.CancelledError:
            # What was begun is finished without its caller, and in time all the same.
            watching = asyncio.ensure_future(self._in_time(future, call))
            self._watching.add(watching)
            watching.add_done_callback(self._watched)
            raise

    async def _in_time(self, future: asyncio.Future[T], call: _Call[T]) -> T:
        for _ in range(STEPS):
            done, _pending = await asyncio.wait({future}, timeout=self._step_seconds)
            if done:
                return future.result()
        may_be_done = call.give_up(self._backend)
        seconds = self._timeout.total_seconds()
        raise AccountsUnavailable(
            f"{self._backend.name} took over {seconds:g} s", may_be_done=may_be_done
        )

    def _ended(self, future: asyncio.Future[T]) -> None:
        self._waiting -= 1
        if not future.cancelled():
            future.exception()  # looked at here, should its caller be gone

    def _watched(self, watching: asyncio.Future[T]) -> None:
        self._watching.discard(watching)
        if not watching.cancelled():
            watching.exception()

    def _pool(self, *, writes: bool) -> ThreadPoolExecutor:
        if self._pid != os.getpid():
            # A process that was forked has the pools, but neither their threads nor a right to
            # their connections.
            self._pid = os.getpid()
            self._threads = {}
            self._backend.engine.dispose(close=False)
        if writes not in self._threads:
            most = self._backend.writers if writes else self._backend.readers
            self._threads[writes] = ThreadPoolExecutor(most, thread_name_prefix="accounts")
        return self._threads[writes]

    def _run(self, call: _Call[T]) -> T:
        """Runs in a pool thread. Whatever the driver says comes out as `AccountsUnavailable`."""
        try:
            if not self._prepared:
                self._prepare()
            return self._transact(call)
        except _LostBefore:
            # The server was started anew since the connection was made. Nothing was kept.
            return self._transact(call)
        except ConfigurationError as exc:
            raise AccountsUnavailable(str(exc)) from exc

    def _transact(self, call: _Call[T]) -> T:
        try:
            with self._backend.engine.connect() as connection, call.using(connection):
                after: list[Callable[[], None]] = []
                connection.info[_AFTER_COMMIT] = after
                connection.execution_options(**{WRITES: call.writes})
                with connection.begin() as transaction:
                    result = call.function(connection)
                    call.is_to_be_committed()
                    transaction.commit()
                for each in after:
                    each()
                return result
        except IntegrityError:
            raise  # what the function is to make something of
        except (SQLAlchemyError, self._backend.driver_error) as exc:
            lost = isinstance(exc, DBAPIError) and exc.connection_invalidated
            again = lost and not call.committing and call.first_time()
            kind = _LostBefore if again else AccountsUnavailable
            raise kind(self._said(exc), may_be_done=call.committing) from exc

    def _said(self, exc: Exception) -> str:
        # Only the driver's own words: SQLAlchemy's would show the statement.
        words = str(getattr(exc, "orig", None) or exc).strip().partition("\n")[0]
        return f"{self._backend.name}: {words}"

    def _let_go(self, pools: Collection[ThreadPoolExecutor]) -> None:
        # A call that ends later would bring back a connection that nobody closes. None takes long:
        # those that are late are given up.
        for pool in pools:
            pool.shutdown()
        self._backend.engine.dispose()

    def _prepare(self) -> None:
        with self._preparing:
            if self._prepared:
                return
            try:
                self._backend.make()
                self._migrate()
            except (SQLAlchemyError, self._backend.driver_error) as exc:
                raise AccountsUnavailable(self._said(exc)) from exc
            self._prepared = True

    def _migrate(self) -> None:
        with self._backend.engine.connect() as connection:
            if migrating.is_up_to_date(connection, versions=self._versions):
                return
        with self._backend.engine.connect() as connection:
            self._backend.be_patient(connection)
            connection.detach()  # with its patience it is of no use to others
            connection.execution_options(**{WRITES: True})
            with connection.begin():
                self._backend.lock(connection)
                if not migrating.is_up_to_date(connection, versions=self._versions):
                    migrating.upgrade(connection, versions=self._versions)


class _LostBefore(AccountsUnavailable):
    """The connection was lost before the transaction was to be committed: it can be made again."""


class _Call(Generic[T]):
    """One transaction on its way: made in a thread, and given up in the event loop."""

    def __init__(self, function: Callable[[Connection], T], *, writes: bool) -> None:
        self.function = function
        self.writes = writes
        self.committing = False
        self._given_up = False
        self._tried = False
        self._driver: object | None = None
        self._lock = threading.Lock()

    @contextmanager
    def using(self, connection: Connection) -> Iterator[None]:
        """Raises `AccountsUnavailable` if the caller was told already that it is not done."""
        with self._lock:
            self._verify_is_wanted()
            self._driver = connection.connection.driver_connection
        try:
            yield
        finally:
            with self._lock:
                self._driver = None

    def is_to_be_committed(self) -> None:
        """Raises the same; from here on the caller cannot be told so any more."""
        with self._lock:
            self._verify_is_wanted()
            self.committing = self.writes

    def first_time(self) -> bool:
        """Whether it is worth being tried again."""
        first = not self._tried and not self._given_up
        self._tried = True
        return first

    def give_up(self, backend: Backend) -> bool:
        """Free its thread; returns whether it may be done for all that."""
        with self._lock:
            self._given_up = True
            if self._driver is not None:
                backend.break_off(self._driver)
            return self.committing

    def _verify_is_wanted(self) -> None:
        if self._given_up:
            raise AccountsUnavailable("given up before it was done")
