"""What is changed after the answer has left, and not saved, is lost: that is said."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from quart_app.sessions import ServerSideSession
from tests.sessions.browser import Browser, CountingStore, look, put

LOST = "was changed after the answer had left"


@pytest.mark.parametrize("saves", [True, False])
async def test_a_stream_that_does_not_save_is_told_what_is_lost(
    browser: Browser, caplog: pytest.LogCaptureFixture, *, saves: bool
) -> None:
    async def work(session: ServerSideSession) -> None:
        session["progress"] = 1
        if saves:
            await session.save()

    await browser.arrive(put(a=1))
    await browser.stream(work)
    gc.collect()

    assert (LOST in caplog.text) is not saves
    assert ("session['progress']" in caplog.text) is not saves
    expected = {"a": 1, "progress": 1} if saves else {"a": 1}
    assert await browser.look(look) == expected


async def test_so_is_a_task_in_the_background(
    browser: Browser, store: CountingStore, caplog: pytest.LogCaptureFixture
) -> None:
    tasks: list[asyncio.Task[None]] = []
    answered = asyncio.Event()

    async def later(held: Any) -> None:
        await answered.wait()
        held.pop("a")

    await browser.arrive(put(a=1))
    await browser.visit(lambda held: tasks.append(asyncio.create_task(later(held))))
    answered.set()
    await tasks.pop()
    await asyncio.sleep(0)  # the event loop has to let go of it too
    gc.collect()

    assert LOST in caplog.text
    assert await browser.look(look) == {"a": 1}


async def test_an_ordinary_request_is_told_nothing(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    await browser.visit(put(a=1))
    await browser.visit(put(a=2))
    gc.collect()

    assert LOST not in caplog.text
