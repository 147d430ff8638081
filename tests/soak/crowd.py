"""Many clients who rest: connections that are kept, and pages that wait for news."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Self

from tests.bench.holding import Holder
from tests.bench.load import Asked
from tests.bench.streams import FIRST_EVENT_ENDS, FOR_EACH_SESSION, signed_in
from tests.soak.site import Site

HOLDERS = 3
ALIVE = b"alive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How many of each there are."""

    connections: int
    streams: int
    visitors: int
    workers: int
    rounds: int


class Crowd:
    """Held by several processes, so that a part of it can vanish."""

    def __init__(self, site: Site, scale: Scale, streams: Sequence[bytes]) -> None:
        self._site = site
        self._idle = [Asked.get(site.port, "/healthz").data] * (scale.connections // HOLDERS)
        self._streams = [streams[number::HOLDERS] for number in range(HOLDERS)]
        self._holders: list[tuple[Holder, ExitStack]] = []

    @classmethod
    @contextmanager
    def of(cls, site: Site, scale: Scale) -> Iterator[Self]:
        sessions = -(-scale.streams // FOR_EACH_SESSION)
        cookies = asyncio.run(signed_in(site.port, sessions))
        asked = [Asked.get(site.port, "/events", cookie=cookie).data for cookie in cookies]
        crowd = cls(site, scale, (asked * FOR_EACH_SESSION)[: scale.streams])
        try:
            for number in range(HOLDERS):
                crowd._come(number)
            yield crowd
        finally:
            for _, running in crowd._holders:
                running.close()

    def __len__(self) -> int:
        return HOLDERS * len(self._idle) + sum(map(len, self._streams))

    def some_vanish(self) -> int:
        """A process is killed with all that it held; how many that was."""
        _, running = self._holders.pop(0)
        running.close()
        vanished = self._streams.pop(0)
        self._streams.append(vanished)
        return len(self._idle) + len(vanished)

    def some_reset(self) -> int:
        """Half of what another process held; how many that was."""
        count = (len(self._idle) + len(self._streams[0])) // 2
        self._holders[0][0].reset(count)
        return count

    def come_back(self) -> None:
        """All that vanished, and all whose server did."""
        if len(self._holders) < HOLDERS:
            self._come(HOLDERS - 1)
        for holder, _ in self._holders:
            holder.reopen(self._site.port)

    def check_open(self) -> None:
        """Raises when one of them is not."""
        for holder, _ in self._holders:
            holder.check_open()

    def _come(self, number: int) -> None:
        running = ExitStack()
        holder = running.enter_context(Holder.running())
        self._holders.append((holder, running))
        holder.open(self._site.port, self._idle, until=ALIVE)
        holder.open(self._site.port, self._streams[number], until=FIRST_EVENT_ENDS)
