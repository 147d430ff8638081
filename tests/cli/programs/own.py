"""An application of somebody's own, with our sessions and without our pages."""

from __future__ import annotations

from quart import Quart

from quart_app.errors import StoreUnavailable
from quart_app.sessions import Session, Store
from quart_app.sessions.stores.memory import MemoryStore


class Drawer(MemoryStore):
    """A store of somebody's own."""

    place = "in a drawer"


class Locked(Drawer):
    place, cure = Store.place, "find its key"

    async def check(self) -> None:
        raise StoreUnavailable("the drawer is locked")


def make(store: Store | None = None) -> Quart:
    app = Quart(__name__)
    app.config.update(SESSION_TYPE="memory", SESSION_IDLE_LIFETIME=600, SECRET_KEY="x" * 40)
    Session(app, store=store)

    @app.get("/")
    async def index() -> str:
        return "somebody's own"

    return app


def with_drawer() -> Quart:
    return make(Drawer())


def with_locked_drawer() -> Quart:
    return make(Locked())


def with_quarts_sessions() -> Quart:
    return Quart(__name__)


def with_other_sessions() -> Quart:
    app = Quart(__name__)
    app.config["SESSION_TYPE"] = "mongodb"
    return app


def with_the_environment() -> Quart:
    app = Quart(__name__)
    app.config.from_prefixed_env()
    Session(app)
    return app


app = make()
