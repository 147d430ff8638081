"""Requests cut anywhere, with pauses around the moment at which a server parks a connection."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.server.exchanges.exchange import ANSWER, Exchange, Step, exchange
from tests.server.exchanges.requests import CHUNKED, GET, LAST, POST, asking

PAUSES = (0.0, 0.001, 0.005, 0.05, 0.3)
RANDOM_ONES = 80
# From half a millisecond to over a second, each a sixth longer than the one before.
SWEPT = tuple(0.0005 * 1.16**step for step in range(53))

_ASKED = (GET, GET, POST, CHUNKED, asking("/slow"), asking("/pieces"), asking("/early"))


def all_of_them(seed: int) -> Iterator[Exchange]:
    yield from _everywhere()
    yield from _swept()
    yield from _at_random(Random(seed))


def _everywhere() -> Iterator[Exchange]:
    for name, data in {"a GET": GET, "a POST": POST, "chunks": CHUNKED}.items():
        for at in range(1, len(data)):
            cut = data[:at], 0.002, data[at:], ANSWER
            yield exchange(f"{name} cut at {at}", *cut, *cut)
            if at % 5 == 0:
                cut = data[:at], 0.3, data[at:], ANSWER
                yield exchange(f"{name} cut at {at}, for longer", *cut, GET, ANSWER)


def _swept() -> Iterator[Exchange]:
    for pause in SWEPT:
        yield exchange(f"{pause} seconds before the first", pause, GET, ANSWER)
        yield exchange(f"{pause} seconds between", GET, ANSWER, pause, POST, ANSWER, GET, ANSWER)
        yield exchange(
            f"{pause} seconds after a slow one", asking("/slow"), pause, GET, ANSWER, ANSWER
        )
        yield exchange(f"{pause} seconds within", GET, ANSWER, GET[:7], pause, GET[7:], ANSWER)
        yield exchange(f"{pause} seconds before the last", GET, ANSWER, pause, LAST, ANSWER)


def _at_random(random: Random) -> Iterator[Exchange]:
    for number in range(RANDOM_ONES):
        steps: list[Step] = []
        for _ in range(random.randint(1, 4)):
            asked = random.choices(_ASKED, k=random.randint(1, 4))
            steps += _cut(b"".join(asked), random)
            steps += [ANSWER] * len(asked)
            steps.append(random.choice(PAUSES))
        yield exchange(f"random {number}", *steps)


def _cut(data: bytes, random: Random) -> Iterator[Step]:
    cuts = sorted(random.sample(range(1, len(data)), k=random.randint(0, 4)))
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        yield data[start:end]
        yield random.choice(PAUSES)
