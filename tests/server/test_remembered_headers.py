"""What the server keeps of the answers it has sent."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from hypercorn.config import Config
from hypercorn.typing import H11SendableEvent

from quart_app.server.protocol import http_stream
from quart_app.server.protocol.http_stream import HttpStream


async def answer(*headers: tuple[bytes, bytes]) -> None:
    async def out(_event: H11SendableEvent) -> None:
        """To nobody."""

    nothing: list[Any] = [None] * 7
    stream = HttpStream(None, Config(), *nothing, out=out, is_last=lambda: False)
    await stream.app_send({"type": "http.response.start", "status": 303, "headers": headers})


def remembered() -> str:
    """All that the server's module holds, in caches of functions too."""
    held = vars(http_stream)
    caches = [each for each in held.values() if hasattr(each, "cache_info")]
    return repr([held, *map(gc.get_referents, caches)])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"Set-Cookie", b"session=secret"),
        (b"Location", b"https://example.org/?token=secret"),
        (b"X-" + b"n" * 10_000, b"long"),
    ],
    ids=["cookie", "address", "long name"],
)
async def test_what_is_secret_or_long_is_not_kept(name: bytes, value: bytes) -> None:
    await answer((b"X-Kept", b"kept"), (name, value))

    kept = remembered()

    assert "kept" in kept
    assert value.decode() not in kept


async def test_no_more_is_kept_than_is_useful() -> None:
    most = http_stream._MOST_REMEMBERED

    await answer(*[(b"X-Number", b"%d" % number) for number in range(3 * most)])

    assert 0 < len(http_stream._known) <= most
