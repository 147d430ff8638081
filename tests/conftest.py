"""What every test has: a clock to turn, and an alarm for calls that hold up the event loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx

from quart_app.testing import FakeClock

# What may block in the event loop after all: the call, the file and the functions that make it.
MAY_BLOCK = (
    # One stat tells whether a record in memory is still the one on disk. It takes under 2 us where
    # a thread hop takes 100, and the directory entry is in the kernel's memory.
    ("os.stat", "quart_app/sessions/stores/filesystem/files.py", {"version"}),
)


@pytest.fixture
def clock() -> FakeClock:
    """Stands still until the test turns it."""
    return FakeClock()


@pytest.fixture(autouse=True)
def blockbuster() -> Iterator[BlockBuster]:
    """Calls that block are looked for below the package's own; a test itself may block."""
    with blockbuster_ctx("quart_app") as alarm:
        for call, file, functions in MAY_BLOCK:
            alarm.functions[call].can_block_in(file, functions)
        yield alarm
