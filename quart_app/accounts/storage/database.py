"""Runs storage functions: one call is one transaction in one hop to a thread of this pool's own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from quart_app.accounts.storage.backend import WRITES, Backend
from quart_app.accounts.storage.call import Call, watch_new_connections
from quart_app.accounts.storage.preparing import Preparing, State
from quart_app.errors import AccountsUnavailable, ConfigurationError
from quart_app.threads import NoThread, Threads

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
        preparing: Preparing | None = None,
    ) -> None:
        self._backend = backend
        self._preparing = preparing or Preparing(backend)
        self._step_seconds = timeout.total_seconds() / STEPS
        self._timeout = timeout
        self._threads: dict[bool, Threads] = {}
        self._pid = os.getpid()
        self._waiting = 0
        self._watching = set[asyncio.Future[Any]]()
        watch_new_connections(backend)

    async def open(self) -> None:
        """Make or migrate what is to be there. Raises `ConfigurationError` where that cannot be,
        and `AccountsUnavailable`. Without it the first call does so."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._pool(writes=True), self._preparing.do)

    async def state(self) -> State:
        """What `open` will find; makes and changes nothing. Raises the same."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool(writes=False), self._preparing.state)

    async def read(
        self,
        function: Callable[Concatenate[Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What the function returns, which changes nothing. Raises `AccountsUnavailable`."""
        return await self._hop(Call(lambda opened: function(opened, *args, **kwargs), writes=False))

    async def write(
        self,
        function: Callable[Concatenate[Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What the function returns, once all that it changed is kept; what it raises changes
        nothing. Raises `AccountsUnavailable`."""
        return await self._hop(Call(lambda opened: function(opened, *args, **kwargs), writes=True))

    @property
    def waiting(self) -> int:
        """How many calls have not ended, whether or not their callers still wait."""
        return self._waiting

    async def close(self) -> None:
        """Let go of threads and connections; idempotent."""
        threads, self._threads = self._threads, {}
        await asyncio.get_running_loop().run_in_executor(None, self._let_go, threads.values())

    async def _hop(self, call: Call[T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise AccountsUnavailable(f"{self._backend.name} has {self._waiting} calls waiting")
        loop = asyncio.get_running_loop()
        try:
            future = loop.run_in_executor(self._pool(writes=call.writes), self._run, call)
        except NoThread as exc:
            raise AccountsUnavailable(f"{self._backend.name} is not asked: {exc}") from exc
        self._waiting += 1
        future.add_done_callback(self._ended)
        try:
            return await self._in_time(future, call)
        except asyncio.CancelledError:
            # What was begun is finished without its caller, and in time all the same.
            watching = asyncio.ensure_future(self._in_time(future, call))
            self._watching.add(watching)
            watching.add_done_callback(self._watched)
            raise

    async def _in_time(self, future: asyncio.Future[T], call: Call[T]) -> T:
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

    def _pool(self, *, writes: bool) -> Threads:
        if self._pid != os.getpid():
            # A process that was forked has the pools, but neither their threads nor a right to
            # their connections.
            self._pid = os.getpid()
            self._threads = {}
            self._backend.engine.dispose(close=False)
        if writes not in self._threads:
            most = self._backend.writers if writes else self._backend.readers
            self._threads[writes] = Threads(most, thread_name_prefix="accounts")
        return self._threads[writes]

    def _run(self, call: Call[T]) -> T:
        """Runs in a pool thread. Whatever the driver says comes out as `AccountsUnavailable`."""
        try:
            call.verify_is_wanted()
            if not self._preparing.done:
                self._preparing.do()
            return self._transact(call)
        except _LostBefore:
            # The server was started anew since the connection was made. Nothing was kept.
            return self._transact(call)
        except ConfigurationError as exc:
            raise AccountsUnavailable(str(exc)) from exc

    def _transact(self, call: Call[T]) -> T:
        try:
            with call.connected(self._backend.engine) as connection:
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
            raise kind(self._backend.said(exc), may_be_done=call.committing) from exc

    def _let_go(self, pools: Collection[Threads]) -> None:
        # A call that ends later would bring back a connection that nobody closes. None takes long:
        # those that are late are given up.
        self._preparing.break_off()
        for pool in pools:
            pool.shutdown()
        self._backend.engine.dispose()


class _LostBefore(AccountsUnavailable):
    """The connection was lost before the transaction was to be committed: it can be made again."""
