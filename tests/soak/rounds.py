"""What happens in each round, and what must be as before after it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.streams import FOR_EACH_SESSION
from tests.kit.polling import until
from tests.soak.crowd import Crowd, Scale
from tests.soak.site import Site
from tests.soak.visitors import Visitors

# Of a process beside its connections: what its store and its pages have open now and then.
SPARE_DESCRIPTORS = 16
GROWS_AT_MOST = 1.05
NO_MATTER_BYTES = 4 << 20
REST_SECONDS = 0.5
Say = Callable[[str], None]


def run(scale: Scale, folder: Path, *, say: Say) -> None:
    """Raises when something is lost, or is left over."""
    settings = {
        # An entry that is left over by one that vanished keeps it from coming back.
        "QUART_STREAMS_PER_SESSION": str(FOR_EACH_SESSION),
        "QUART_STREAMS_PER_OWNER": str(FOR_EACH_SESSION),
        "QUART_KEEP_ALIVE_TIMEOUT": "3600",
    }
    with Site.serving(folder, workers=scale.workers, settings=settings) as site:
        empty = site.descriptors() + scale.workers * SPARE_DESCRIPTORS
        with Visitors.asking(site.port, count=scale.visitors) as visitors:
            with Crowd.of(site, scale) as crowd:
                memory = [_round(site, crowd, visitors, scale, empty) for _ in _told(scale, say)]
            _check_memory(memory, say)
        site.comes_down_to(empty)
        say(f"{visitors.answered:,} requests answered, {site.descriptors()} descriptors left")
        assert site.stopped() == 0


def _told(scale: Scale, say: Say) -> range:
    say(
        f"{scale.connections:,} connections and {scale.streams:,} streams, {scale.workers} "
        f"workers, {scale.rounds} rounds"
    )
    return range(scale.rounds)


def _round(site: Site, crowd: Crowd, visitors: Visitors, scale: Scale, empty: int) -> int:
    """One of them; the memory after it."""
    full = empty + len(crowd) + scale.visitors
    before = visitors.answered
    dead = site.kill_one() if scale.workers > 1 else set()
    gone = crowd.some_vanish()
    gone += crowd.some_reset()
    site.comes_down_to(full - gone)
    crowd.come_back()
    time.sleep(REST_SECONDS)
    crowd.check_open()
    assert site.descriptors() <= full
    until(lambda: visitors.answered > before)
    lost = visitors.lost_since_asked() - dead
    assert not lost, f"not answered, by workers that live: {lost}"
    return site.memory()


def _check_memory(memory: list[int], say: Say) -> None:
    say("MB after each round: " + " ".join(f"{each / (1 << 20):.0f}" for each in memory))
    # The first one has warmed it up.
    _, second, *later = memory
    most = second * GROWS_AT_MOST + NO_MATTER_BYTES
    assert max(later, default=0) <= most, f"grows: {memory}"
