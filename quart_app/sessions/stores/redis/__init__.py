"""Sessions in Redis or Valkey: for any number of machines. Needs `quart-app[redis]`."""

from quart_app.sessions.stores.redis.store import RedisStore

__all__ = ["RedisStore"]
