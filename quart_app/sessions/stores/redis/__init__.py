"""Sessions in Redis or Valkey: for any number of machines. Needs `quart-app[redis]`."""

from quart_app.errors import ConfigurationError

try:
    from quart_app.sessions.stores.redis.store import RedisStore
except ImportError as exc:
    raise ConfigurationError(
        "sessions in Redis need the redis package, 6.4 or later: pip install 'quart-app[redis]'"
    ) from exc

__all__ = ["RedisStore"]
