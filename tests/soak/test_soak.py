"""The soak in short: clients vanish and come back, servers die, and nothing is left over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.crowd import Scale
from tests.soak.rounds import run


@pytest.mark.parametrize("workers", [1, 2])
def test_nothing_leaks_and_nothing_is_lost_while_clients_vanish_and_workers_die(
    workers: int, tmp_path: Path
) -> None:
    scale = Scale(connections=240, streams=120, visitors=4, workers=workers, rounds=2)

    run(scale, tmp_path, say=lambda _: None)
