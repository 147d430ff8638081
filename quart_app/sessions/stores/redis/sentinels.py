"""Which server is the primary now, as Sentinels know it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from redis.asyncio import Redis
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool
from redis.exceptions import AuthenticationError, RedisError

_Answer: TypeAlias = tuple[str, int] | AuthenticationError | None


class Sentinels(Sentinel):
    """Asks all of them at once: redis-py asks one after the other, and one that hangs would use up
    the deadline of every call."""

    def __init__(self, nodes: Sequence[tuple[str, int]], *, options: dict[str, Any]) -> None:
        super().__init__(nodes, sentinel_kwargs=options)  # type: ignore[no-untyped-call]
        self._asked: set[asyncio.Task[_Answer]] = set()

    async def discover_master(self, service_name: str) -> tuple[str, int]:
        """Host and port, by the first Sentinel that knows a working one. Raises
        `MasterNotFoundError`, and `AuthenticationError` if a Sentinel wants another password."""
        asked = [asyncio.create_task(self._ask(each, service_name)) for each in self.sentinels]
        for task in asked:
            # One that is slower is not cut off: it would have to be connected anew each time.
            self._asked.add(task)
            task.add_done_callback(self._asked.discard)
        refused: AuthenticationError | None = None
        for answer in asyncio.as_completed(asked):
            match await answer:
                case (host, port):
                    return host, port
                case AuthenticationError() as refusal:
                    refused = refusal
        raise refused or MasterNotFoundError(f"no Sentinel knows a working {service_name!r}")

    async def aclose(self) -> None:
        """Ask no more, and close the connections to all of them."""
        for task in self._asked:
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)
        for sentinel in self.sentinels:
            with suppress(RedisError, OSError):
                await sentinel.aclose()

    async def _ask(self, sentinel: Redis, service_name: str) -> _Answer:
        try:
            known: Any = await sentinel.sentinel_masters()
        except AuthenticationError as exc:
            return exc
        except (RedisError, OSError):
            return None
        state = known.get(service_name)
        if not state or not self.check_master_state(state, service_name):
            return None
        return state["ip"], int(state["port"])


class PrimaryPool(SentinelConnectionPool):
    """Connections to the primary of now: redis-py closes those to an earlier one while they rest,
    and keeps those that are in use in this moment."""

    async def release(self, connection: Any) -> None:
        """Take a connection back; closed, if it leads to another server by now."""
        if self.master_address != (connection.host, connection.port):
            await connection.disconnect()
        await super().release(connection)
