"""What every test has: a clock to turn, and an alarm for calls that hold up the event loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx

from quart_app.testing import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """Stands still until the test turns it."""
    return FakeClock()


@pytest.fixture(autouse=True)
def blockbuster() -> Iterator[BlockBuster]:
    """Calls that block are looked for below the package's own; a test itself may block."""
    with blockbuster_ctx("quart_app") as alarm:
        # Quart itself asks the kernel for a static file's size and age: microseconds.
        alarm.functions["os.stat"].can_block_in("quart/helpers.py", {"send_file"})
        alarm.functions["os.stat"].can_block_in("quart/helpers.py", {"send_from_directory"})
        yield alarm
