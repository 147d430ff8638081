"""redis-py's client of a cluster, mended in one place; the only room with private names of it:
`ClusterNode._free` and `RedisCluster._initialize`, looked at in 6.4 to 8.1."""

from __future__ import annotations

from collections import deque
from typing import Any

from redis.asyncio import RedisCluster
from redis.asyncio.cluster import ClusterNode


class Cluster(RedisCluster):
    """While a slot moves, a node takes a command for it on the one connection on which it was told
    ASKING before. redis-py sends the command by the connection that has rested longest, which is
    another: one call in four failed. By the one that was used last, none does."""

    def get_node(self, *args: Any, **kwargs: Any) -> ClusterNode | None:
        """The node that a call is sent on to."""
        node = super().get_node(*args, **kwargs)
        if node is not None and not isinstance(node._free, _LastFirst):
            node._free = _LastFirst(node._free, node._free.maxlen)
        return node

    def doubt(self) -> None:
        """Look again for who serves which slots, before the next call: one was not answered, and
        redis-py notices only what is refused."""
        self._initialize = True


class _LastFirst(deque[Any]):
    """What is put in at the end comes out first."""

    def append(self, item: Any) -> None:
        self.appendleft(item)
