"""What the processes of one machine tell each other."""

from __future__ import annotations

from pathlib import Path

from quart_app.live.bus.local import MISSED, LocalBus
from tests.kit.polling import eventually
from tests.kit.threads import none_left


async def test_where_no_thread_can_be_started_others_hear_later_that_they_missed_something(
    tmp_path: Path,
) -> None:
    here, there = LocalBus(tmp_path), LocalBus(tmp_path)
    heard: list[bytes] = []
    is_back: list[bool] = []
    there.listen(heard.append, lambda: is_back.append(True))
    await eventually(lambda: bool(is_back))

    with none_left():
        here.send(b"first")
    here.send(b"second")

    await eventually(lambda: heard == [MISSED, b"second"])
    await here.close()
    await there.close()
