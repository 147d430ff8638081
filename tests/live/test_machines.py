"""Pages on one machine, or in one process, hear what happens in another."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from quart import Quart
from redis.asyncio import Redis, RedisCluster

import quart_app.sessions.stores.redis  # noqa: F401 - no test is to load it in its event loop
from quart_app.live import Live, hub, messages
from quart_app.live.bus import bus_for, mailboxes
from quart_app.live.bus.mailboxes import SUFFIX, Mailboxes
from quart_app.live.bus.redis import MISSED, MOST_PENDING, SENDER_BYTES, RedisBus
from quart_app.sessions import Store
from quart_app.sessions.held.tokens import key_of
from tests.kit.polling import eventually
from tests.kit.redis import RedisServer
from tests.kit.servers import PATIENT_SECONDS
from tests.live.overheard import Overheard
from tests.live.pages import Browser, Page, serving
from tests.serving.programs.notes import create_app

PATIENT = {"SESSION_STORE_TIMEOUT": PATIENT_SECONDS}


def in_redis(server: RedisServer) -> dict[str, Any]:
    return {"SESSION_TYPE": "redis", "SESSION_URI": server.url, **PATIENT}


def in_files(folder: Path) -> dict[str, Any]:
    return {"SESSION_FILE_DIR": str(folder), **PATIENT}


class Machine:
    """One instance of the application, which hears others once it listens."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.app: Quart = create_app(config)
        store: Store = self.app.session_interface.store  # type: ignore[attr-defined]
        self.bus = Overheard(bus_for(store))
        self.live = Live(self.app, bus=self.bus)

    async def listens(self) -> None:
        """Returns when it does."""
        await eventually(lambda: self.bus.times_back > 0)


@pytest.fixture
async def machines(place: dict[str, Any]) -> AsyncIterator[tuple[Machine, Machine]]:
    """Two that share it."""
    async with running(place) as (here, there):
        yield here, there


class running:
    """Two machines on one place, both listening."""

    def __init__(self, place: dict[str, Any]) -> None:
        self.machines = Machine(place), Machine(place)
        self._serving = serving(*(machine.app for machine in self.machines))

    async def __aenter__(self) -> tuple[Machine, Machine]:
        await self._serving.__aenter__()
        for machine in self.machines:
            await machine.listens()
        return self.machines

    async def __aexit__(self, *_: object) -> None:
        await self._serving.__aexit__(None, None, None)


def received(box: socket.socket) -> bytes | None:
    """What came next; `None` for nothing."""
    try:
        return box.recv(messages.MOST_BYTES)
    except BlockingIOError:
        return None


async def page_there(here: Machine, there: Machine) -> tuple[Browser, Page]:
    """Ada, who signed in here, and a page that she has open there."""
    browser = await Browser(here.app, parks=True).sign_in("ada")
    return browser, await browser.page(on=there.app)


async def a_sign_out_here_is_heard_there(here: Machine, there: Machine) -> None:
    browser, page = await page_there(here, there)

    await browser.client.post("/logout")

    await page.ends()
    assert page.events == ["event: signed-out\ndata: ended"]


async def test_signing_out_here_ends_the_pages_there(machines: tuple[Machine, Machine]) -> None:
    await a_sign_out_here_is_heard_there(*machines)


async def test_a_new_token_here_moves_the_pages_there(machines: tuple[Machine, Machine]) -> None:
    here, there = machines
    browser, page = await page_there(here, there)

    await browser.sign_in("grace")

    await page.ends()
    assert page.events == ["event: signed-out\ndata: moved"]


async def test_news_from_here_reach_the_pages_there_once(
    machines: tuple[Machine, Machine],
) -> None:
    here, there = machines
    browser = await Browser(here.app, parks=True).sign_in("ada")
    pages = [await browser.page(), await browser.page(on=there.app)]

    await here.live.publish("ada", "first\nline two", event="news", id="é")
    await here.live.publish_to_session(key_of(browser.token), "last")

    for page in pages:
        await page.gets("last")
        assert page.events == [
            "event: news\nid: é\ndata: first\ndata: line two",
            "data: last",
        ]


async def test_none_of_very_many_news_at_once_is_dropped(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "MOST_AT_WORK", 200)
    many = range(1_000)
    async with running(in_redis(redis_server)) as (here, there):
        page = await (await Browser(here.app, parks=True).sign_in("ada")).page(on=there.app)
        news = [messages.pack(messages.News(data=f"{n}.", owner="ada")) for n in many]
        async with Redis(port=redis_server.port) as client, client.pipeline() as together:
            [channel] = await client.pubsub_channels()
            for each in news:
                together.publish(channel, bytes(SENDER_BYTES) + each)
            await together.execute()

        await page.gets("data: 999.")

        assert page.events == [f"data: {number}." for number in many]


async def test_whoever_publishes_very_much_waits_and_nothing_is_lost(
    place: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both are in one event loop here, so who publishes keeps the other from listening, and on a
    # busy machine for long.
    monkeypatch.setattr(mailboxes, "PATIENCE_SECONDS", PATIENT_SECONDS)
    async with running(place) as (here, there):
        page = await (await Browser(here.app, parks=True).sign_in("ada")).page(on=there.app)

        for number in range(3 * MOST_PENDING):
            await here.live.publish("ada", f"{number}.")

        await page.gets(f"data: {3 * MOST_PENDING - 1}.")
        assert page.events == [f"data: {number}." for number in range(3 * MOST_PENDING)]


class CrowdedBus(RedisBus):
    """While it tells others that something was lost, one more is."""

    said: tuple[bytes, ...] = ()

    async def _publish(self, packed: bytes) -> None:
        if not self.said:
            self.send(b"one more")
        self.said += (packed,)


async def test_what_is_lost_while_others_are_told_of_a_loss_is_told_too() -> None:
    app = create_app({"SESSION_TYPE": "redis", "SESSION_URI": "redis://localhost"})
    bus = CrowdedBus(app.session_interface.store)  # type: ignore[attr-defined]

    for number in range(MOST_PENDING + 1):
        bus.send(b"%d" % number)
    await bus.close()  # having sent what is left

    assert bus.said.count(MISSED) == 2
    assert bus.said[-1] == b"one more"


async def test_what_is_no_message_of_ours_is_refused_and_harms_nothing(
    machines: tuple[Machine, Machine], caplog: pytest.LogCaptureFixture
) -> None:
    here, there = machines
    browser, page = await page_there(here, there)
    key = key_of(browser.token)
    forged = [
        b"",
        b"{",
        b"[" * 50_000,
        b'{"ended": ["../../etc"]}',
        b'{"data": "x", "event": "signed-out", "id": null, "owner": "ada", "key": null}',
        b'{"data": "x", "event": "a\\nb", "id": null, "owner": "ada", "key": null}',
        b'{"data": "x", "event": "message", "id": 7, "owner": "ada", "key": null}',
        b"x" * (messages.MOST_BYTES + 1),
        # That a live session has ended is not believed either.
        messages.pack(messages.Ended((key,))),
    ]

    for packed in forged:
        here.bus.send(packed)
    await here.live.publish("ada", "after them")

    await page.gets("data: after them")
    assert page.events == ["data: after them"]
    assert sum("message refused" in record.message for record in caplog.records) >= 7


async def test_ending_a_thousand_sessions_at_once_tells_of_each(
    machines: tuple[Machine, Machine],
) -> None:
    here, there = machines
    browsers = [await Browser(here.app, parks=True).sign_in("ada") for _ in range(3)]
    pages = [await browser.page(on=there.app) for browser in browsers]
    keys = [key_of(str(number)) for number in range(1_200)]
    keys += [key_of(browser.token) for browser in browsers]
    for browser in browsers:
        await here.app.session_interface.store.delete(key_of(browser.token))  # type: ignore[attr-defined]

    here.app.session_interface.endings.tell(*keys)  # type: ignore[attr-defined]

    for page in pages:
        await page.ends()


async def test_a_process_that_died_leaves_no_socket_behind_for_long(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    async with running(in_files(folder)) as (here, _):
        dead = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        dead.bind(str(folder / "live" / f"1-dead{SUFFIX}"))
        dead.close()
        before = len(os.listdir(folder / "live"))

        await here.live.publish("ada", "hello")

        await eventually(lambda: len(os.listdir(folder / "live")) == before - 1)
    assert os.listdir(folder / "live") == []


async def test_what_somebody_else_left_in_the_folder_keeps_nobody_from_being_told(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "sessions"
    async with running(in_files(folder)) as (here, there):
        browser, page = await page_there(here, there)
        for number in range(20):  # of them and the others, the first is told first
            (folder / "live" / f"{number}{SUFFIX}").mkdir()
        (folder / "live" / f"file{SUFFIX}").touch()
        (folder / "live" / f"link{SUFFIX}").symlink_to("/nowhere")

        await browser.client.post("/logout")

        await page.ends()


async def test_a_process_that_does_not_listen_holds_up_nobody_and_looks_again_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "sessions"
    async with running(in_files(folder)) as (here, there):
        _, page = await page_there(here, there)
        with Mailboxes(folder / "live") as other:
            _, box = other.new_box()
        began = asyncio.get_running_loop().time()

        for number in range(50):
            await here.live.publish("ada", f"number {number}.")
        await page.gets("number 49.")
        took = asyncio.get_running_loop().time() - began
        box.settimeout(0)
        heard = sum(1 for _ in iter(lambda: received(box), None))
        await here.live.publish("ada", "again")
        await page.gets("again")
        after = messages.unpack(received(box) or b"")
        box.close()

    assert took < 2
    assert 0 < heard < 50
    assert after == messages.Missed()


async def test_a_path_may_be_longer_than_an_address(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30) / "sessions"
    async with running(in_files(folder)) as both:
        await a_sign_out_here_is_heard_there(*both)


async def test_a_folder_that_others_may_enter_is_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir(mode=0o700)
    (folder / "live").mkdir(mode=0o755)
    machine = Machine(in_files(folder))

    async with serving(machine.app):
        await eventually(lambda: any("not heard" in r.message for r in caplog.records))
        listed = os.listdir(folder / "live")

    assert listed == []


async def test_after_an_outage_of_redis_what_was_missed_is_made_good(
    caplog: pytest.LogCaptureFixture, own_redis: RedisServer
) -> None:
    async with running(in_redis(own_redis)) as (here, there):
        browser, page = await page_there(here, there)

        # It has forgotten the session, and nobody could say so.
        own_redis.restart()
        await page.ends()

        await browser.sign_in("grace")
        page = await browser.page(on=there.app)
        await here.listens()
        await eventually(lambda: here.bus.times_back > 1 and there.bus.times_back > 1)
        await browser.client.post("/logout")
        await page.ends()
    lost = [r for r in caplog.records if r.levelno >= logging.WARNING and "not heard" in r.message]
    assert len(lost) <= 2


async def test_another_database_of_the_same_redis_is_another_place(
    redis_server: RedisServer,
) -> None:
    elsewhere = {**in_redis(redis_server), "SESSION_URI": redis_server.url.replace("/0", "/1")}
    async with running(in_redis(redis_server)) as (here, there), running(elsewhere) as (strange, _):
        _, page = await page_there(here, there)

        await strange.live.publish("ada", "for another ada")
        await here.live.publish("ada", "for this one")

        await page.gets("for this one")
        assert page.events == ["data: for this one"]


async def test_a_redis_user_without_rights_to_the_channel_is_told_what_is_missing(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    redis_server.tell("ACL", "SETUSER", "app", "on", ">word", "~*", "+@all", "resetchannels")
    url = redis_server.url.replace("//", "//app:word@")
    machine = Machine({**in_redis(redis_server), "SESSION_URI": url})

    async with serving(machine.app):
        ada = await Browser(machine.app, parks=True).sign_in("ada")
        await eventually(lambda: "not heard" in caplog.text)
        answer = await ada.client.post("/logout")
        await eventually(lambda: "not told" in caplog.text)

    reasons = [getattr(record, "reason", "") for record in caplog.records]
    assert answer.status == 303
    assert "the Redis user lacks rights: allow +publish +subscribe &session:live:0" in reasons
    assert caplog.text.count("not heard") == 1


async def test_a_client_of_ones_own_works_as_well(redis_server: RedisServer) -> None:
    client = Redis(port=redis_server.port, decode_responses=True, max_connections=5)
    config = {"SESSION_TYPE": "redis", "SESSION_REDIS": client, **PATIENT}
    async with running(config) as both:
        await a_sign_out_here_is_heard_there(*both)
    await client.aclose()


async def test_a_cluster_passes_it_on(redis_cluster: RedisServer) -> None:
    async with RedisCluster(host="127.0.0.1", port=redis_cluster.port) as client:
        config = {"SESSION_TYPE": "redis", "SESSION_REDIS": client, **PATIENT}
        async with running(config) as both:
            await a_sign_out_here_is_heard_there(*both)
