"""Goes round all open pages: a sign of life, and a look at their sessions."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from quart import Quart

from quart_app.live import Live, hub
from quart_app.live.messages import Ended, Missed, pack
from quart_app.sessions import Record
from quart_app.sessions.held.tokens import key_of
from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import BrokenStore, FakeClock
from quart_app.testing.lifespan import Lifespan
from tests.kit.polling import eventually
from tests.live.overheard import Overheard
from tests.live.pages import Browser, NewBrowser, serving
from tests.serving.programs.notes import create_app
from tests.web.configured import configured

QUICK = {"STREAM_HEARTBEAT": 0.1}
BEAT = b":\n\n"


class CountingStore(MemoryStore):
    """Counts how often each record is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: Counter[str] = Counter()
        self.at_once = self.most_at_once = 0

    async def find(self, key: str) -> Record | ForwardingAddress | None:
        self.loads[key] += 1
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return await super().find(key)


class HangingStore(CountingStore):
    """Answers no more, when told so, until it does again."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()
        self.answers.set()

    async def find(self, key: str) -> Record | ForwardingAddress | None:
        found = await super().find(key)
        await self.answers.wait()
        return found


@configured(**QUICK)
async def test_every_page_hears_the_heart_beat(ada: Browser) -> None:
    page = await ada.page()

    await eventually(lambda: page.received.count(BEAT) >= 3)

    assert page.events == []


@configured(**QUICK)
async def test_a_session_that_ended_without_a_word_ends_its_pages(
    ada: Browser, store: BrokenStore
) -> None:
    page = await ada.page()

    await store.delete(key_of(ada.token))

    await page.ends()
    assert page.events == ["event: signed-out\ndata: ended"]


@configured(**QUICK)
async def test_so_does_one_that_expired(ada: Browser, clock: FakeClock) -> None:
    page = await ada.page()

    clock.advance(hours=9)

    await page.ends()
    assert page.events == ["event: signed-out\ndata: ended"]


@configured(**QUICK)
async def test_while_the_store_is_in_trouble_pages_stay(ada: Browser, store: BrokenStore) -> None:
    page = await ada.page()
    store.broken = True
    beats = page.received.count(BEAT)
    await eventually(lambda: page.received.count(BEAT) >= beats + 2)
    stayed = not page.is_over
    store.broken = False
    await store.delete(key_of(ada.token))

    await page.ends()

    assert stayed


@configured(STREAM_HEARTBEAT=3600)
async def test_an_end_that_could_not_be_looked_up_is_when_the_store_is_back(
    ada: Browser, others: Overheard, store: BrokenStore
) -> None:
    page = await ada.page()
    await store.delete(key_of(ada.token))
    store.broken = True
    others.say(pack(Ended((key_of(ada.token),))))
    await eventually(lambda: store.refused)
    stayed = not page.is_over
    store.broken = False

    await page.ends()

    assert stayed


@configured(STREAM_HEARTBEAT=3600)
async def test_until_the_store_is_back_it_is_asked_for_one_page_only(
    new_browser: NewBrowser,
    others: Overheard,
    store: BrokenStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub, "ASK_AGAIN_SECONDS", 0.01)
    browsers = [await new_browser().sign_in("ada") for _ in range(3)]
    pages = [await browser.page() for browser in browsers]
    keys = tuple(key_of(browser.token) for browser in browsers)
    await asyncio.gather(*(store.delete(key) for key in keys))
    asked: list[str] = []
    find = store.find

    async def note(key: str) -> Record | ForwardingAddress | None:
        asked.append(key)
        return await find(key)

    store.broken = True
    others.say(pack(Ended(keys)))
    await eventually(lambda: store.refused == 3)
    monkeypatch.setattr(store, "find", note)
    await eventually(lambda: len(asked) >= 5)
    while_away = set(asked)
    store.broken = False

    for page in pages:
        await page.ends()

    assert len(while_away) == 1


@configured(**QUICK)
async def test_a_beating_heart_does_not_keep_a_session_alive(
    ada: Browser, store: BrokenStore, clock: FakeClock
) -> None:
    before = await store.load(key_of(ada.token))
    page = await ada.page()
    clock.advance(hours=7)

    await eventually(lambda: page.received.count(BEAT) >= 3)

    assert await store.load(key_of(ada.token)) == before


async def test_a_session_is_looked_at_once_a_round_however_many_pages_it_has() -> None:
    store = CountingStore()
    app = create_app(QUICK, store=store)
    Live(app)
    async with serving(app):
        browsers = [await Browser(app, parks=True).sign_in("ada") for _ in range(30)]
        pages = {key_of(each.token): [await each.page() for _ in range(3)] for each in browsers}
        store.loads.clear()
        before = {key: of_one[0].received.count(BEAT) for key, of_one in pages.items()}

        def rounds(key: str) -> int:
            return pages[key][0].received.count(BEAT) - before[key]

        await eventually(lambda: all(rounds(key) >= 3 for key in pages))

        assert store.loads.keys() == pages.keys()
        # The beat comes first, and the look just after it.
        assert all(rounds(key) - 1 <= looks <= rounds(key) for key, looks in store.loads.items())


async def test_so_many_sessions_are_looked_at_at_once_and_no_more(others: Overheard) -> None:
    store = CountingStore()
    app = create_app({"STREAM_HEARTBEAT": 3600}, store=store)
    Live(app, bus=others)
    async with serving(app):
        for _ in range(3 * hub.LOOKED_AT_ONCE):
            await (await Browser(app, parks=True).sign_in("ada")).page()
        store.loads.clear()
        store.most_at_once = 0

        others.say(pack(Missed()))
        await eventually(lambda: len(store.loads) == 3 * hub.LOOKED_AT_ONCE)

        assert store.most_at_once == hub.LOOKED_AT_ONCE


async def test_a_store_that_hangs_does_not_silence_the_heart() -> None:
    store = HangingStore()
    app = create_app(QUICK, store=store)
    live = Live(app)
    async with serving(app):
        browsers = [await Browser(app, parks=True).sign_in("ada") for _ in range(30)]
        pages = [await browser.page() for browser in browsers]
        store.answers.clear()
        before = len(asyncio.all_tasks())

        for page in pages:
            await eventually(lambda page=page: page.received.count(BEAT) >= 3)  # type: ignore[misc]
        more = len(asyncio.all_tasks()) - before
        stayed = not any(page.is_over for page in pages)
        for browser in browsers:
            await store.delete(key_of(browser.token))
        store.answers.set()

        for page in pages:
            await page.ends()
        assert stayed
        assert more <= 1 + 16
        assert await live.publish("ada", "hello") == 0


async def test_however_often_something_was_missed_one_round_is_made_at_a_time(
    others: Overheard,
) -> None:
    store = HangingStore()
    app = create_app({"STREAM_HEARTBEAT": 3600}, store=store)
    Live(app, bus=others)
    async with serving(app):
        ada = await Browser(app, parks=True).sign_in("ada")
        page = await ada.page()
        store.loads.clear()
        store.answers.clear()

        for _ in range(200):
            others.say(pack(Missed()))
        await eventually(lambda: store.loads.total() > 0)
        # It comes after that look, which must not be the last.
        await store.delete(key_of(ada.token))
        others.say(pack(Missed()))
        store.answers.set()

        await page.ends()
        assert store.loads.total() <= 3


@configured(STREAM_HEARTBEAT=3600)
async def test_a_message_that_is_too_much_to_work_on_is_made_good(
    ada: Browser, others: Overheard, store: BrokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await ada.page()
    key = key_of(ada.token)
    await store.delete(key)
    monkeypatch.setattr(hub, "MOST_AT_WORK", 0)

    others.say(pack(Ended((key,))))

    await page.ends()


async def test_pages_are_not_all_written_to_in_the_same_moment() -> None:
    app = create_app({"STREAM_HEARTBEAT": 0.5}, store=MemoryStore())
    Live(app)
    async with serving(app):
        browsers = [await Browser(app, parks=True).sign_in("ada") for _ in range(100)]
        pages = [await browser.page() for browser in browsers]

        beats = [[page.received.count(BEAT) for page in pages]]

        def all_have_beaten_thrice() -> bool:
            beats.append([page.received.count(BEAT) for page in pages])
            return min(beats[-1]) >= 3

        await eventually(all_have_beaten_thrice)

        assert max(sum(later) - sum(sooner) for sooner, later in pairwise(beats)) < 30


@configured(**QUICK)
async def test_without_pages_no_heart_beats(ada: Browser) -> None:
    before = asyncio.all_tasks()
    page = await ada.page()
    beating = asyncio.all_tasks() - before

    await page.leave()

    assert beating
    await eventually(lambda: all(task.done() for task in beating))


@configured(**QUICK)
async def test_pages_of_a_server_that_drains_are_sent_away(app: Quart, parks: bool) -> None:
    Live(app)
    lifespan = Lifespan(app, timeout=5)
    await lifespan.start()
    page = await (await Browser(app, parks=parks).sign_in()).page()

    lifespan.state["quart_app.draining"] = True

    await page.ends()
    await lifespan.stop()
    assert page.events[-1].startswith("retry: ")


async def test_a_server_that_drains_takes_no_new_page(
    ada: Browser, monkeypatch: pytest.MonkeyPatch, app: Quart
) -> None:
    inner: Any = app.asgi_app

    async def draining(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await inner({**scope, "state": {"quart_app.draining": True}}, receive, send)

    monkeypatch.setattr(app, "asgi_app", draining)

    page = await ada.page()

    assert page.status == 503
    assert page.headers["retry-after"]
