"""The races in short: with few rounds, whatever is promised holds in each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.races.machines import Machines, Variant
from tests.races.scenarios import SCENARIOS, tell

# Between them every store and both ways to say who is signed in; all four are in the long version.
SHORTLY = (
    Variant(store="files", names_owner=True),
    Variant(store="redis", names_owner=False),
)
SEED = 20_240


@pytest.fixture(scope="module", params=SHORTLY, ids=str)
def machines(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machines]:
    """Two processes on one store."""
    with Machines.running(request.param, tmp_path_factory.mktemp("races")) as running:
        yield running


@pytest.mark.parametrize("title", SCENARIOS)
async def test_whatever_overtakes_what(machines: Machines, title: str) -> None:
    scenario = SCENARIOS[title]

    tally = await tell(scenario, machines, scenario.short, seed=SEED)

    assert tally.rounds >= scenario.short
    assert not tally.broken, str(tally)
    if title.startswith("rotations"):
        assert tally.refused == 0, "nobody signed in or out, so there was nothing to refuse"
    assert not machines.troubles()
