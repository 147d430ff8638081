"""`Live`: the one line that an application adds."""

from __future__ import annotations

from typing import Any, cast

from quart import Quart, Response, session

from quart_app.errors import ConfigurationError
from quart_app.live import endpoint, events
from quart_app.live.bus import bus_for
from quart_app.live.bus.base import Bus
from quart_app.live.heartbeat import Heartbeat
from quart_app.live.hub import Hub
from quart_app.live.layer import Layer
from quart_app.live.messages import News
from quart_app.live.registry import Registry
from quart_app.live.websockets import SignedIn
from quart_app.scope import current
from quart_app.sessions import ServerSideSession
from quart_app.sessions.extension import require_quart
from quart_app.sessions.held.owner import SOMEBODY, owner_named_by
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.settings import LiveSettings

EXTENSION = "quart_app.live"


class Live:
    """`Live(app)`, or `Live()` and later `init_app(app)`: beside `Session(app)`. Used before that,
    it raises `ConfigurationError`."""

    _app: Quart | None = None
    _settings: LiveSettings
    _layer: Layer
    _hub: Hub
    _heartbeat: Heartbeat

    def __init__(self, app: Quart | None = None, *, bus: Bus | None = None) -> None:
        """A store of your own may have a `bus` of its own, between the processes that share it."""
        self._bus = bus
        self._interface: ServerSideSessionInterface | None = None
        self._is_listening = False
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Quart) -> None:
        """Give the application its streams. Raises `ConfigurationError`."""
        require_quart(app, by="Live")
        if EXTENSION in app.extensions:
            raise ConfigurationError("this application has its Live already: use that one")
        app.extensions[EXTENSION] = self
        self._app = app
        self._settings = LiveSettings.from_config(app.config)
        self._layer = Layer(app.asgi_app, path=self.path, begin=self._begin)
        app.asgi_app = self._layer  # type: ignore[assignment,method-assign]
        app.add_url_rule(self.path, "quart_app_events", self._events, methods=["GET"])
        app.before_serving(self._start)
        # Before the store is closed. Not by `while_serving`, which makes its generator once, so
        # that no application with one starts again.
        app.after_serving_funcs.insert(0, self._stop)
        if isinstance(app.session_interface, ServerSideSessionInterface):
            self._begin()

    @property
    def path(self) -> str:
        """Where pages wait for news."""
        self._require_app()
        return self._settings.stream_path

    async def publish(
        self, owner: object, data: str, *, event: str = "message", id: str | None = None
    ) -> int:
        """Tell all open pages of an owner, in all processes. Returns how many of them are in this
        one. Raises `ValueError` for what cannot be sent, and `TypeError` for news that are no
        text."""
        if (name := owner_named_by(owner)) == SOMEBODY:
            raise ValueError(f"a {type(owner).__name__} like this does not say whose pages")
        return await self._publish(News(data=data, event=event, id=id, owner=name))

    async def publish_to_session(
        self, key: str, data: str, *, event: str = "message", id: str | None = None
    ) -> int:
        """The same for the pages of one session: `session.sid`, or a record's `key`."""
        return await self._publish(News(data=data, event=event, id=id, key=key))

    def signed_in(self) -> SignedIn:
        """`async with live.signed_in():` in a websocket: closed with 4001 when its session ends."""
        self._listen()
        self._heartbeat.start()
        return SignedIn(self._hub)

    def mark(self) -> str:
        """The mark of this session. The first event of each stream, `session`, says that of its
        own: so a page knows whether a stream is of the session it was written for."""
        return events.mark(cast(ServerSideSession, session).first_sid)

    async def _events(self) -> Response:
        visitor = cast(ServerSideSession, current(session))
        interface = cast(ServerSideSessionInterface, self._interface)
        interface.look_only(visitor)
        self._listen()
        response = endpoint.answer(visitor, self._hub, has_moved=interface.has_moved(visitor))
        self._heartbeat.start()
        return response

    async def _publish(self, news: News) -> int:
        self._begin()
        return await self._hub.publish(news)

    def _begin(self) -> None:
        """Be told of endings. Sessions may be set up after us, or anew."""
        interface: Any = self._require_app().session_interface
        if interface is self._interface:
            return
        if not isinstance(interface, ServerSideSessionInterface):
            raise ConfigurationError(
                "Live needs sessions on the server: call Session(app), and have SESSION_TYPE be "
                "something else than 'cookie'"
            )
        if self._interface is not None:
            self._interface.endings.unsubscribe(self._hub.sessions_ended)
        pages = Registry(
            per_session=self._settings.streams_per_session,
            per_owner=self._settings.streams_per_owner,
        )
        self._hub = Hub(interface.store, self._bus or bus_for(interface.store), pages=pages)
        self._heartbeat = Heartbeat(
            self._hub,
            interval=self._settings.stream_heartbeat,
            is_draining=self._layer.is_draining,
        )
        self._interface = interface
        interface.endings.subscribe(self._hub.sessions_ended)

    def _require_app(self) -> Quart:
        if self._app is None:
            raise ConfigurationError("this Live has no application yet: call init_app(app) first")
        return self._app

    def _listen(self) -> None:
        self._begin()
        if not self._is_listening:
            self._is_listening = True
            self._hub.listen()

    async def _start(self) -> None:
        self._listen()

    async def _stop(self) -> None:
        await self._heartbeat.stop()
        await self._hub.close()
        self._is_listening = False
