"""Places at which a test can hold a request, and requests that hang up there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

from quart import Quart

from quart_app.errors import StoreUnavailable
from quart_app.sessions import Store
from quart_app.testing import WrappedStore
from tests.kit.scopes import scope

T = TypeVar("T")

WITHIN_SECONDS = 5.0


class Stop:
    """One named place. Whoever comes by first waits there until it is told to go on."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._reached = asyncio.Event()
        self._go_on = asyncio.Event()

    async def pass_by(self, place: str) -> None:
        """Called at every place."""
        if place == self._where:
            self._reached.set()
            await self._go_on.wait()

    async def reached(self) -> None:
        """Returns when somebody waits there."""
        async with asyncio.timeout(WITHIN_SECONDS):
            await self._reached.wait()

    def go_on(self) -> None:
        """Hold nobody any more."""
        self._go_on.set()


class StoppableStore(WrappedStore):
    """Another store, with a place before and one after each call. Once `is_broken`, every call
    that gets past the first place fails."""

    def __init__(self, inner: Store, stop: Stop) -> None:
        super().__init__(inner)
        self._stop = stop
        self.is_broken = False

    async def called(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        await self._stop.pass_by(f"before {name}")
        if self.is_broken:
            raise StoreUnavailable("broken by the test")
        result = await call()
        await self._stop.pass_by(f"after {name}")
        return result


def stop_in_handlers(app: Quart, stop: Stop) -> None:
    """Two more places: before the handler, and between it and the saving of the session."""

    async def before() -> None:
        await stop.pass_by("before the handler")

    async def after(response: T) -> T:
        await stop.pass_by("after the handler")
        return response

    app.before_request(before)
    app.after_request(after)


class Caller:
    """A client that sends one form and hangs up when it is told to; no server in between."""

    def __init__(self, app: Quart, stop: Stop) -> None:
        self._app = app
        self._stop = stop
        self._hung_up = asyncio.Event()
        self._form: bytes | None = None

    async def hang_up_during(self, path: str, form: Mapping[str, str], *, token: str) -> None:
        """Send it, and hang up at the stop. Returns when the application is done with us."""
        self._form = urlencode(form).encode()
        call = asyncio.create_task(self._app(self._scope(path, token), self._receive, self._send))
        await self._stop.reached()
        self._hung_up.set()
        async with asyncio.timeout(WITHIN_SECONDS):
            await call

    async def _receive(self) -> Any:
        if self._form is not None:
            await self._or_hang_up(self._stop.pass_by("before the form"))
        if self._form is None or self._hung_up.is_set():
            await self._hung_up.wait()
            return {"type": "http.disconnect"}
        body, self._form = self._form, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def _or_hang_up(self, wait: Any) -> None:
        waits = {asyncio.ensure_future(wait), asyncio.ensure_future(self._hung_up.wait())}
        _, rest = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _send(self, message: Any) -> None:
        await self._stop.pass_by(f"at {message['type']}")

    def _scope(self, path: str, token: str) -> Any:
        headers = {
            "cookie": f"session={token}",
            "content-type": "application/x-www-form-urlencoded",
            "content-length": str(len(self._form or b"")),
        }
        return scope("POST", path, headers=headers)
