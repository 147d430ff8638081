"""What several tests begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.processes import Program
from tests.server.several import several


@pytest.fixture
def two_workers(tmp_path: Path) -> Iterator[Program]:
    """Under their supervisor, just started."""
    with several(tmp_path) as program:
        yield program
