"""Two applications on one store share who is signed in: the second one is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from quart import Quart

from quart_app.sessions import Session

Start = Callable[..., Any]


async def told_at_start(
    place: dict[str, Any], caplog: pytest.LogCaptureFixture, *, name: str = "shop", **config: Any
) -> list[str]:
    """What an application is told about others when it starts."""
    app = Quart(name)
    app.config.update({**place, "SECRET_KEY": "one", **config})
    Session(app)
    caplog.clear()
    await app.startup()
    await app.shutdown()
    return [text for text in caplog.messages if "SECRET_KEY" in text]


async def test_the_first_one_and_the_same_one_are_told_nothing(
    place: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert await told_at_start(place, caplog) == []
    assert await told_at_start(place, caplog) == []


@pytest.mark.parametrize(
    "other", [{"name": "demo"}, {"SECRET_KEY": "two"}, {"SECRET_KEY": None}], ids=str
)
async def test_another_one_is_told_in_one_line_that_names_both_cures(
    place: dict[str, Any], caplog: pytest.LogCaptureFixture, other: dict[str, Any]
) -> None:
    await told_at_start(place, caplog)

    [line] = await told_at_start(place, caplog, **other)

    assert "'shop'" in line
    assert "SESSION_KEY_PREFIX" in line
    assert "SECRET_KEY_FALLBACKS" in line
    assert "\n" not in line
    assert await told_at_start(place, caplog, **other) == []


async def test_a_key_that_was_replaced_on_purpose_is_the_same_application(
    place: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    await told_at_start(place, caplog)

    replaced: dict[str, Any] = {"SECRET_KEY": "two", "SECRET_KEY_FALLBACKS": ["one"]}

    assert await told_at_start(place, caplog, **replaced) == []


async def test_neither_key_nor_mark_says_what_the_key_is(
    place: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    long_one = "a very long secret key of somebody"
    await told_at_start(place, caplog, SECRET_KEY=long_one)

    [line] = await told_at_start(place, caplog)

    assert long_one not in line
    if "SESSION_FILE_DIR" in place:
        noted = await asyncio.to_thread((Path(place["SESSION_FILE_DIR"]) / "application").read_text)
        assert long_one not in noted
