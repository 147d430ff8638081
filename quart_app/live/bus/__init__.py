"""Which bus goes with which store."""

from __future__ import annotations

import logging
import sys

from quart_app.live.bus.base import Alone, Bus
from quart_app.live.bus.local import LocalBus
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.memory import MemoryStore

log = logging.getLogger(__name__)

FOLDER = "live"
REDIS = "quart_app.sessions.stores.redis"


def bus_for(store: Store) -> Bus:
    """The bus by which processes that share this store tell each other of sessions."""
    if isinstance(store, FilesystemStore):
        return LocalBus(store.root / FOLDER)
    if isinstance(store, MemoryStore):
        return Alone()
    return _redis_bus_for(store) or _alone(store)


def _redis_bus_for(store: Store) -> Bus | None:
    if REDIS not in sys.modules:
        return None  # no application can have made a store of it
    from quart_app.live.bus.redis import RedisBus
    from quart_app.sessions.stores.redis import RedisStore

    return RedisBus(store) if isinstance(store, RedisStore) else None


def _alone(store: Store) -> Bus:
    log.info(
        "processes that share these sessions do not tell each other of them, heartbeats have to do",
        extra={"store": type(store).__name__},
    )
    return Alone()
