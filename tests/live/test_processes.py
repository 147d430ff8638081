"""Two servers, each a process of its own, and a page that is open at one of them."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.kit.polling import eventually, until
from tests.kit.processes import Program
from tests.kit.redis import RedisServer
from tests.kit.servers import login_pages

SOON_SECONDS = 1.0
# No page is to learn by that.
SLOW_HEART = {"QUART_STREAM_HEARTBEAT": "3600"}


@contextmanager
def one(folder: Path, name: str, **env: str) -> Iterator[Program]:
    """A server with these settings."""
    own = folder / name
    own.mkdir()
    with login_pages(own, environment={**SLOW_HEART, **env}) as site:
        yield site


@contextmanager
def two(folder: Path, **env: str) -> Iterator[tuple[Program, Program]]:
    """Both with the same."""
    with ExitStack() as stack:
        here, there = (stack.enter_context(one(folder, n, **env)) for n in ("here", "there"))
        yield here, there


class Waiting:
    """An open page."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()

    async def next_event(self) -> str:
        """Its name; fails if none comes, and says so if that was all."""
        async with asyncio.timeout(15):
            async for line in self._lines:
                if line.startswith("event: "):
                    return line.removeprefix("event: ")
        return "over"

    async def rest(self) -> list[str]:
        """All lines until its end, but for empty ones."""
        async with asyncio.timeout(15):
            return [line async for line in self._lines if line]


@asynccontextmanager
async def page(site: Program, cookies: httpx.Cookies) -> AsyncIterator[Waiting]:
    """A browser with these cookies has it open there."""
    async with (
        httpx.AsyncClient(base_url=site.url, cookies=httpx.Cookies(cookies)) as client,
        client.stream("GET", "/events", timeout=60) as answer,
    ):
        waiting = Waiting(answer)
        assert await waiting.next_event() == "session"
        yield waiting


@asynccontextmanager
async def signed_in(site: Program) -> AsyncIterator[httpx.AsyncClient]:
    """Ada."""
    async with httpx.AsyncClient(base_url=site.url) as client:
        assert (await client.post("/login", data={"name": "Ada"})).status_code == 303
        yield client


async def log_out(client: httpx.AsyncClient) -> float:
    """When that was."""
    began = time.monotonic()
    assert (await client.get("/logout")).status_code == 303
    return began


async def test_signing_out_at_one_process_ends_the_page_at_another_within_a_second(
    tmp_path: Path,
) -> None:
    with two(tmp_path, QUART_DATA_DIR=str(tmp_path / "data")) as (here, there):
        async with signed_in(here) as ada, page(there, ada.cookies) as waiting:
            began = await log_out(ada)

            assert await waiting.next_event() == "signed-out"
            assert time.monotonic() - began < SOON_SECONDS
            assert await waiting.next_event() == "over"


async def test_after_one_was_killed_those_that_are_left_go_on(tmp_path: Path) -> None:
    data = {"QUART_DATA_DIR": str(tmp_path / "data")}
    folder = tmp_path / "data" / "sessions" / "live"
    with two(tmp_path, **data) as (here, there):
        await eventually(lambda: len(os.listdir(folder)) == 2)
        of_two = set(os.listdir(folder))
        with one(tmp_path, "third", **data):
            await eventually(lambda: len(os.listdir(folder)) == 3)
            [name] = set(os.listdir(folder)) - of_two
            os.kill(int(name.partition("-")[0]), signal.SIGKILL)
        was_left = name in os.listdir(folder)
        async with signed_in(here) as ada, page(there, ada.cookies) as waiting:
            await log_out(ada)

            assert await waiting.next_event() == "signed-out"
        assert was_left
        await eventually(lambda: set(os.listdir(folder)) == of_two)


async def test_our_own_server_sends_pages_away_when_it_stops_and_does_so_at_once(
    tmp_path: Path,
) -> None:
    environment = {"QUART_DATA_DIR": str(tmp_path / "data"), **SLOW_HEART}
    serve = ("quart_app", "serve", "--bind", "127.0.0.1:0")
    with Program.running(*serve, environment=environment) as program:
        async with signed_in(program) as ada, page(program, ada.cookies) as waiting:
            await log_out(ada)
            ended = [await waiting.next_event(), await waiting.next_event()]
        async with signed_in(program) as ada, page(program, ada.cookies) as waiting:
            status, seconds = await asyncio.to_thread(program.stopped)
            last = await waiting.rest()

    assert ended == ["signed-out", "over"]
    assert status == 0
    assert seconds < 2
    assert last[-1].startswith("retry: ")


@pytest.fixture
def lasting_redis() -> Iterator[RedisServer]:
    """It forgets nothing when it is killed."""
    with RedisServer.running("--appendonly", "yes", "--appendfsync", "always") as server:
        yield server


async def test_two_machines_on_one_redis_go_on_after_it_was_killed_and_started_again(
    tmp_path: Path, lasting_redis: RedisServer
) -> None:
    redis = {"QUART_SESSION_TYPE": "redis", "QUART_SESSION_URI": lasting_redis.url}
    with two(tmp_path, **redis) as (here, there):
        async with signed_in(here) as ada, page(there, ada.cookies) as waiting:
            began = await log_out(ada)
            assert await waiting.next_event() == "signed-out"
            assert time.monotonic() - began < SOON_SECONDS
        async with signed_in(here) as ada, page(there, ada.cookies) as waiting:
            lasting_redis.restart()
            until(lambda: httpx.get(f"{here.url}/readyz").status_code == 200)

            await log_out(ada)

            assert await waiting.next_event() == "signed-out"
