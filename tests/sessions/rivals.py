"""One little site, with quart-session's sessions and with ours: the import is all that differs."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import quart_session
from quart import Quart, Response, request, send_file, session, websocket
from quart.signals import got_websocket_exception, websocket_tearing_down
from quart.testing.app import TestApp
from quart.testing.client import QuartClient

from quart_app.sessions import Session
from quart_app.sessions.stores import redis as imported_before_any_event_loop_runs  # noqa: F401
from tests.kit.redis import RedisServer
from tests.sessions.browser import cookies_in

T = TypeVar("T")

OF_QUART_SESSION = {"_permanent", "_addr"}
READING = ("get", "hgetall")


@dataclass(frozen=True)
class Outcomes(Generic[T]):
    """How one scenario ended with each library."""

    ours: T
    theirs: T


class Site:
    """Signs in and out, keeps what it is told, and can be made to wait."""

    def __init__(self, app: Quart, server: RedisServer) -> None:
        self.app = app
        self.server = server
        self.started, self.may_go_on = asyncio.Event(), asyncio.Event()
        self.socket_ended = asyncio.Event()
        self.errors: list[str] = []
        self._add_pages()
        self._add_changes()
        self._add_waiting()

    def client(self, token: str | None = None) -> QuartClient:
        """A new browser, or one that has this cookie."""
        client = QuartClient(self.app)
        if token is not None:
            client.set_cookie("localhost", self.app.config["SESSION_COOKIE_NAME"], token)
        return client

    def copy(self, client: QuartClient) -> QuartClient:
        """Somebody else with the same cookies."""
        other = QuartClient(self.app)
        for cookie in client.cookie_jar or ():
            other.set_cookie("localhost", cookie.name, cookie.value or "")
        return other

    async def read(self, client: QuartClient, **headers: str) -> dict[str, Any]:
        """What the session holds."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        found: dict[str, Any] = await (await client.get("/read", headers=sent)).get_json()
        return {name: value for name, value in found.items() if name not in OF_QUART_SESSION}

    @asynccontextmanager
    async def socket(self, client: QuartClient) -> AsyncIterator[None]:
        """While this is open, so is a websocket whose handler has changed the session. At the end
        the handler has returned, and the server has done what it does then."""
        async with client.websocket("/socket") as socket:
            await socket.receive()
            yield
            await socket.send("go on")
            await self.socket_ended.wait()

    def records(self) -> int:
        """How many keys there are in the store, but for the note of whose it is."""
        return sum(not key.endswith(b":application") for key in self.server.tell("KEYS", "*"))

    def two_minutes_pass(self) -> None:
        """What is kept no longer than that is gone, as after a session that ended."""
        for key in self.server.tell("KEYS", "*"):
            if 0 <= self.server.tell("PTTL", key) <= 120_000:
                self.server.tell("DEL", key)

    @contextmanager
    def counting_reads(self) -> Iterator[list[int]]:
        """Ends with the number of reads in the list."""
        self.server.tell("CONFIG", "RESETSTAT")
        counts: list[int] = []
        yield counts
        calls = self.server.calls()
        counts.append(sum(calls.get(command, 0) for command in READING))

    def _add_pages(self) -> None:
        app = self.app

        @app.route("/public")
        async def public() -> str:
            return "hello"

        @app.route("/read")
        async def read() -> dict[str, Any]:
            return dict(session)

        @app.route("/file")
        async def file() -> Response:
            session["downloaded"] = True
            return await send_file(__file__)

    def _add_changes(self) -> None:
        app = self.app

        @app.route("/put")
        async def put() -> str:
            session.update(request.args.to_dict())
            return ""

        @app.route("/append")
        async def append() -> str:
            session.setdefault("cart", []).append("apple")
            return ""

        @app.route("/drop/<name>")
        async def drop(name: str) -> str:
            session.pop(name)
            return ""

        @app.route("/out")
        async def out() -> str:
            session.clear()
            return ""

    def _add_waiting(self) -> None:
        app = self.app

        @app.route("/slowly")
        async def slowly() -> str:
            session.update(request.args.to_dict())
            self.started.set()
            await self.may_go_on.wait()
            return ""

        @app.websocket("/socket")
        async def socket() -> None:
            session["seen"] = "yes"
            await websocket.send("ready")
            await websocket.receive()

        @websocket_tearing_down.connect_via(app)
        async def end(sender: Quart, **_: Any) -> None:
            self.socket_ended.set()

        @got_websocket_exception.connect_via(app)
        async def note(sender: Quart, exception: Exception, **_: Any) -> None:
            self.errors.append(str(exception))


def make_site(kind: type[Any], server: RedisServer, **config: Any) -> Site:
    """The site with one of the two libraries, which are told the same."""
    app = Quart(__name__)
    app.config.update(
        SESSION_TYPE="redis", SESSION_URI=server.url, SESSION_STORE_TIMEOUT=10, **config
    )
    kind(app)
    return Site(app, server)


class Rivals:
    """Runs a scenario with both, each with a Redis of its own."""

    def __init__(self, ours: RedisServer, theirs: RedisServer) -> None:
        self._servers = Outcomes(ours, theirs)

    async def play(
        self, scenario: Callable[[Site], Awaitable[T]], *, starts: bool = True, **config: Any
    ) -> Outcomes[T]:
        """What the scenario returns with each."""
        # quart-session calls what its own client deprecates.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours = self._play(scenario, Session, self._servers.ours, starts, config)
            theirs = self._play(
                scenario, quart_session.Session, self._servers.theirs, starts, config
            )
            return Outcomes(*await asyncio.gather(ours, theirs))

    async def _play(
        self,
        scenario: Callable[[Site], Awaitable[T]],
        kind: type[Any],
        server: RedisServer,
        starts: bool,
        config: dict[str, Any],
    ) -> T:
        server.tell("FLUSHALL")
        site = make_site(kind, server, **config)
        async with AsyncExitStack() as stack:
            if starts:
                running = TestApp(site.app)
                await running.startup()
                stack.push_async_callback(running.shutdown)
            stack.push_async_callback(close, site.app)
            return await scenario(site)


async def close(app: Quart) -> None:
    """Let go of the store; quart-session never does."""
    interface: Any = app.session_interface
    if isinstance(app.session_interface, quart_session.RedisSessionInterface):
        if interface.backend is not None:
            await interface.backend.aclose()
    else:
        await interface.close()


def session_cookie(response: Response) -> str:
    """The value that a response sets."""
    return next(cookie.value for cookie in cookies_in(response))
