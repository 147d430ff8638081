"""One transaction on its way: made in a thread, and given up from another one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine, event

from quart_app.accounts.storage.backend import Backend
from quart_app.errors import AccountsUnavailable

T = TypeVar("T")

_of_this_thread = threading.local()


class Call(Generic[T]):
    """What is asked of the database, and whether somebody still waits for it."""

    def __init__(self, function: Callable[[Connection], T], *, writes: bool) -> None:
        self.function = function
        self.writes = writes
        self.committing = False
        self._given_up = False
        self._tried = False
        self._driver: object | None = None
        self._lock = threading.Lock()

    @contextmanager
    def connected(self, engine: Engine) -> Iterator[Connection]:
        """A connection for it. Raises `AccountsUnavailable` if it was given up."""
        _of_this_thread.call = self
        try:
            with engine.connect() as connection:
                with self._lock:
                    self.verify_is_wanted()
                    self._driver = connection.connection.driver_connection
                yield connection
        finally:
            _of_this_thread.call = None
            with self._lock:
                self._driver = None

    def is_to_be_committed(self) -> None:
        """Raises the same; from here on the caller cannot be told so any more."""
        with self._lock:
            self.verify_is_wanted()
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

    def verify_is_wanted(self) -> None:
        """Raises `AccountsUnavailable` if its caller was told already that it is not done."""
        if self._given_up:
            raise AccountsUnavailable("given up before it was done")

    def waits_on(self, driver: object, backend: Backend) -> None:
        """A connection that was made for it, and that SQLAlchemy is still to ask some things on."""
        with self._lock:
            self._driver = driver
            if self._given_up:
                backend.break_off(driver)


def watch_new_connections(backend: Backend) -> None:
    """Have each be known to the call that it is made for before anything is asked on it: a server
    that hangs then would hold the thread."""

    def tell(driver: object, _: object) -> None:
        if (call := getattr(_of_this_thread, "call", None)) is not None:
            call.waits_on(driver, backend)

    event.listen(backend.engine, "connect", tell, insert=True)
