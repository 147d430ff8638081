"""What the processes of one machine tell each other."""

from __future__ import annotations

from pathlib import Path

from quart_app.live.bus.local import LocalBus
from tests.kit.polling import eventually
from tests.kit.threads import none_left


async def test_what_is_sent_while_no_thread_can_be_started_is_sent_with_the_next(
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

    await eventually(lambda: heard == [b"first", b"second"])
    await here.close()
    await there.close()
