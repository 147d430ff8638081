"""Where sessions can be kept, and which of it the settings ask for."""

from __future__ import annotations

from quart_app.errors import ConfigurationError
from quart_app.sessions.stores.base import Clock, Store
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.settings import SessionSettings
from quart_app.settings.folders import sessions_folder


def store_for(settings: SessionSettings, *, instance_path: str, clock: Clock) -> Store:
    """The store that the settings name. Raises `ConfigurationError` for one that cannot work."""
    match settings.type:
        case "memory":
            return MemoryStore(clock=clock)
        case "redis":
            # Imported here: an application with sessions in files need not have the client.
            from quart_app.sessions.stores.redis import RedisStore

            return RedisStore(
                url=None if settings.redis is not None else settings.uri,
                client=settings.redis,
                key_prefix=settings.key_prefix,
                timeout=settings.store_timeout,
                replicas=settings.redis_replicas or 0,
                clock=clock,
            )
        case "filesystem":
            return FilesystemStore(
                sessions_folder(settings, instance_path=instance_path),
                clock=clock,
                timeout=settings.store_timeout,
                file_mode=settings.file_mode,
            )
    raise ConfigurationError(f"SESSION_TYPE = {settings.type!r} has no store on the server")
