"""What the server keeps of the answers it has sent."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from hypercorn.config import Config
from hypercorn.typing import H11SendableEvent

from quart_app.server.http_stream import HttpStream


async def answer(*headers: tuple[bytes, bytes]) -> None:
    async def out(_event: H11SendableEvent) -> None:
        """To nobody."""

    nothing: list[Any] = [None] * 7
    stream = HttpStream(None, Config(), *nothing, out=out, is_last=lambda: False)
    await stream.app_send({"type": "http.response.start", "status": 303, "headers": headers})


def remembered() -> set[bytes]:
    """All bytes that the caches of the server's module hold."""
    caches = [each for each in gc.get_objects() if "_lru_cache" in type(each).__name__]
    ours = [each for each in caches if each.__module__ == HttpStream.__module__]
    keys = [key for cache in ours for key in gc.get_referents(cache)]
    return {
        part
        for key in gc.get_referents(*keys)
        for part in (key, *gc.get_referents(key))
        if isinstance(part, bytes)
    }


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

    assert b"kept" in kept
    assert value not in kept
