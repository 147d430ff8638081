"""What the tests of sessions share: an application, a browser to visit it, handlers, and a
store that counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from inspect import isawaitable
from typing import Any, TypeVar

import pytest
from quart import Quart, Response, request, session, stream_with_context, websocket
from werkzeug.datastructures import Headers

from quart_app.errors import StoreUnavailable
from quart_app.scope import current
from quart_app.sessions import Record, ServerSideSession, Session, Store
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.sessions.stores.base import Clock
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import WrappedStore

T = TypeVar("T")
Handler = Callable[[ServerSideSession], Any]

HOST = "localhost"


class CountingStore(WrappedStore):
    """Notes the name of every call, and refuses those whose names are in `lost`."""

    lost: Collection[str] = ()

    def __init__(self, *, clock: Clock) -> None:
        self.memory = MemoryStore(clock=clock)
        super().__init__(self.memory)
        self.calls: list[str] = []
        self._created: list[str] = []

    async def called(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        self.calls.append(name)
        if name in self.lost:
            raise StoreUnavailable("the test has broken this store")
        return await call()

    @property
    def counted(self) -> Counter[str]:
        """How often each was called."""
        return Counter(self.calls)

    @property
    def writes(self) -> list[str]:
        """All calls but those that only read."""
        return [call for call in self.calls if call not in ("find", "check")]

    async def create(self, record: Record, *, count: bool = False) -> int | None:
        self._created.append(record.key)
        return await super().create(record, count=count)

    async def records(self) -> list[Record]:
        """Every session that lives, in the order of their making; no call that is counted."""
        found = [await self.memory.load(key) for key in dict.fromkeys(self._created)]
        return [record for record in found if record is not None]

    async def tamper(self, record: Record) -> None:
        """Put it in the place of the one with its key, as who can write to the store might."""
        await self.memory.delete(record.key)
        await self.memory.create(record)


def make_app(store: Store | None = None, **config: Any) -> Quart:
    """An application whose one page does with the session what the visit asks for."""
    app = Quart("tests.sessions.browser")
    app.config.update(config)
    Session(app, store=store)

    @app.route("/", methods=["GET", "POST"])
    async def page() -> Any:
        result = request.scope["handler"](current(session))  # type: ignore[typeddict-item]
        request.scope["results"].append(await result if isawaitable(result) else result)  # type: ignore[typeddict-item]
        return request.scope["answer"]  # type: ignore[typeddict-item]

    @app.route("/stream")
    async def stream() -> Any:
        @stream_with_context
        async def pieces() -> AsyncIterator[str]:
            yield "one"
            await request.scope["handler"](current(session))  # type: ignore[typeddict-item]
            yield "two"

        return pieces()

    @app.websocket("/socket")
    async def socket() -> None:
        await websocket.accept()
        await websocket.scope["handler"](current(session))  # type: ignore[typeddict-item]
        await websocket.send("done")

    return app


def interface_of(app: Quart) -> ServerSideSessionInterface:
    """Ours, and no other kind."""
    interface = app.session_interface
    assert isinstance(interface, ServerSideSessionInterface)
    return interface


@dataclass(frozen=True, slots=True)
class SetCookie:
    """One Set-Cookie header."""

    name: str
    value: str
    attributes: frozenset[str]

    @property
    def max_age(self) -> int | None:
        """Its Max-Age in seconds, if it has one."""
        for attribute in self.attributes:
            if attribute.startswith("Max-Age="):
                return int(attribute.removeprefix("Max-Age="))
        return None

    @property
    def clears(self) -> bool:
        """Whether it has the browser forget the cookie."""
        return self.value == "" and self.max_age == 0

    @property
    def lasting_attributes(self) -> frozenset[str]:
        """All that a deletion must have in common with it."""
        times = ("Max-Age=", "Expires=")
        return frozenset(name for name in self.attributes if not name.startswith(times))


def cookies_in(response: Response) -> list[SetCookie]:
    """Every Set-Cookie header of a response."""
    found = []
    for header in response.headers.getlist("Set-Cookie"):
        pair, *attributes = header.split("; ")
        name, _, value = pair.partition("=")
        found.append(SetCookie(name, value, frozenset(attributes)))
    return found


class Browser:
    """One visitor, with a cookie jar."""

    def __init__(self, app: Quart, *, token: str | None = None) -> None:
        self.app = app
        self.client = app.test_client()
        self.name = app.config["SESSION_COOKIE_NAME"]
        if token is not None:
            self.client.set_cookie(HOST, self.name, token)

    async def visit(
        self,
        handler: Handler,
        *,
        answer: Any = "",
        headers: Mapping[str, str] | Headers | None = None,
        method: str = "GET",
    ) -> Response:
        """Have the page's handler do this with the session and give this answer."""
        return await self._open(handler, [], answer, headers, method)

    async def arrive(self, handler: Handler) -> Response:
        """The same, and then go on to another page, which brings the cookie back."""
        response = await self.visit(handler)
        await self.visit(ignore)
        return response

    async def look(
        self, handler: Handler, *, headers: Mapping[str, str] | Headers | None = None
    ) -> Any:
        """What this returns when the page's handler does it with the session."""
        results: list[Any] = []
        await self._open(handler, results, "", headers, "GET")
        return results[0]

    async def stream(self, handler: Handler) -> None:
        """Have this done with the session by an answer that is on its way already, to its end."""
        response = await self.client.get("/stream", scope_base={"handler": handler})
        await response.get_data()

    async def in_a_websocket(self, handler: Handler) -> None:
        """Have this done with the session by a websocket, which ends then."""
        async with self.client.websocket("/socket", scope_base={"handler": handler}) as connection:
            assert await connection.receive() == "done"

    async def read(self, name: str) -> Any:
        """One entry of the session, or `None`."""
        return await self.look(lambda session: session.get(name))

    @property
    def token(self) -> str | None:
        """The session cookie, as the browser has it."""
        jar = self.client.cookie_jar
        assert jar is not None
        return next((cookie.value for cookie in jar if cookie.name == self.name), None)

    def copy(self) -> Browser:
        """Somebody else who has got hold of the cookie as it is now."""
        return Browser(self.app, token=self.token)

    async def _open(
        self,
        handler: Handler,
        results: list[Any],
        answer: Any,
        headers: Mapping[str, str] | Headers | None,
        method: str,
    ) -> Response:
        scope = {"handler": handler, "results": results, "answer": answer}
        sent = Headers(headers or {})
        sent.setdefault("Accept", "text/html")
        response: Response = await getattr(self.client, method.lower())(
            "/", scope_base=scope, headers=sent
        )
        return response


def put(**values: Any) -> Handler:
    """A handler that stores these."""
    return lambda session: session.update(values)


def permanently(**values: Any) -> Handler:
    """The same, for longer than the window is open."""

    def store(session: ServerSideSession) -> None:
        session.permanent = True
        session.update(values)

    return store


def lasting(*, idle: timedelta | None = None, absolute: timedelta | None = None) -> Handler:
    """A handler that stores something, and says how long that lasts where it is given."""

    def store(session: ServerSideSession) -> None:
        session["x"] = 1
        if idle is not None:
            session.idle_lifetime = idle
        if absolute is not None:
            session.absolute_lifetime = absolute

    return store


def lifetimes(session: ServerSideSession) -> tuple[timedelta, timedelta]:
    """A handler that asks how long it lasts."""
    return session.idle_lifetime, session.absolute_lifetime


def refused(change: Handler, error: type[Exception]) -> Handler:
    """A handler that finds that this cannot be done and changes nothing, and returns why."""

    def try_it(session: ServerSideSession) -> str:
        before = dict(session)
        with pytest.raises(error) as caught:
            change(session)
        assert dict(session) == before
        return str(caught.value)

    return try_it


def look(session: ServerSideSession) -> dict[str, Any]:
    """A handler that reads everything."""
    return dict(session)


def regenerate(session: ServerSideSession) -> None:
    """A handler that has it go on under a new token."""
    session.regenerate()


def clear(session: ServerSideSession) -> None:
    """A handler that takes everything out."""
    session.clear()


def ignore(session: ServerSideSession) -> None:
    """A handler that has no use for the session."""


SIGN_OUTS: dict[str, Handler] = {
    "None": put(name=None),
    "pop": lambda session: session.pop("name", None),
    "clear": clear,
}
