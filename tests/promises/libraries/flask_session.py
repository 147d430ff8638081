"""Flask-Session over cachelib's files, which it recommends without a server, and over Redis."""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import flask
import flask_session
import redis
from cachelib.file import FileSystemCache

from tests.promises.adapter import Adapter, Answer, Flight, handle_in_thread
from tests.promises.http import METHODS, ask_wsgi
from tests.promises.libraries import redis_server
from tests.promises.schedule import pause_thread

IDLE_SECONDS = 100
Park = Callable[[str], None]


class _PausingRedis(redis.Redis):
    """Flask-Session insists on a client of this class."""

    park: Park

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return _between(self.park, "read get", partial(super().get, *args, **kwargs))

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return _between(self.park, "write set", partial(super().set, *args, **kwargs))

    def delete(self, *args: Any) -> Any:
        return _between(self.park, "write delete", partial(super().delete, *args))


class _PausingCache:
    """What Flask-Session asks of a cache."""

    def __init__(self, folder: str, park: Park) -> None:
        self._cache = FileSystemCache(folder)
        self._park = park

    def get(self, key: str) -> Any:
        return _between(self._park, "read get", lambda: self._cache.get(key))

    def set(self, key: str, value: Any, timeout: int) -> Any:
        return _between(self._park, "write set", lambda: self._cache.set(key, value, timeout))

    def delete(self, key: str) -> Any:
        return _between(self._park, "write delete", lambda: self._cache.delete(key))


class _InFlask(Adapter):
    """What Flask-Session does whatever its store."""

    async def call(self, flight: Flight) -> Answer:
        """Each request has a thread."""
        return await ask_wsgi(self.app, flight)

    def invent(self) -> str:
        """Made as the library makes its own."""
        return secrets.token_urlsafe(32)

    def mount(self, **config: Any) -> None:
        """The application, with the store among its settings."""
        self.loop = asyncio.get_running_loop()
        app = flask.Flask(__name__)
        app.config["PERMANENT_SESSION_LIFETIME"] = IDLE_SECONDS
        app.config.update(config)
        flask_session.Session(app)
        app.add_url_rule("/", view_func=self.page, methods=METHODS)
        self.app = app

    def page(self) -> str:
        """The one page."""
        interface: Any = flask.current_app.session_interface
        handle_in_thread(flask.session, lambda: interface.regenerate(flask.session), park=self.park)
        return "done"

    def park(self, point: str) -> None:
        """A pausing point in the request's thread."""
        pause_thread(point, self.loop)


class FlaskSessionInFiles(_InFlask):
    """Flask-Session over cachelib's files, what it recommends without a server."""

    name: ClassVar[str] = "Flask-Session, files"

    async def open(self) -> None:
        """In a folder of its own."""
        self.folder = tempfile.TemporaryDirectory(prefix="promises-")
        cache = _PausingCache(self.folder.name, self.park)
        self.mount(SESSION_TYPE="cachelib", SESSION_CACHELIB=cache)

    async def close(self) -> None:
        """Remove the folder."""
        self.folder.cleanup()

    async def records(self) -> int:
        """The cache keeps one more file, with the number of its files."""
        return len(os.listdir(self.folder.name)) - 1


class FlaskSessionInRedis(redis_server.InRedis, _InFlask):
    """Flask-Session over Redis."""

    name: ClassVar[str] = "Flask-Session, Redis"
    idle: ClassVar[float | None] = IDLE_SECONDS

    async def open(self) -> None:
        """It insists on a client of redis-py."""
        self.database = redis_server.empty_database()
        self.client = _PausingRedis(port=self.database.port, protocol=2)
        self.client.park = self.park
        self.mount(SESSION_TYPE="redis", SESSION_REDIS=self.client)

    async def close(self) -> None:
        """It never closes a client by itself."""
        self.client.close()


def _between(park: Park, point: str, call: Callable[[], Any]) -> Any:
    park(point)
    result = call()
    park(f"after {point.split()[1]}")
    return result
