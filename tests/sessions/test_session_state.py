"""What a session says of itself, and what a handler may ask of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from quart_app.errors import StoreUnavailable
from quart_app.sessions import Record, ServerSideSession
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.testing import FakeClock
from tests.sessions.browser import Browser, CountingStore, cookies_in, look, make_app, put

START: dict[str, Any] = {"a": 1, "list": [1]}


@pytest.fixture
async def filled(browser: Browser, store: CountingStore) -> Browser:
    """Somebody with a session; what was asked of the store so far is forgotten."""
    await browser.arrive(put(a=1, list=[1]))
    store.calls.clear()
    return browser


async def test_neither_its_repr_nor_its_text_holds_anything_of_it(filled: Browser) -> None:
    await filled.visit(put(name="ada", secret="swordfish"))  # noqa: S106 - it is one

    shown = await filled.look(lambda s: f"{s!r} {s} {s:}")

    for hidden in ("swordfish", "secret", "ada", "list", filled.token or ""):
        assert hidden not in shown


async def test_a_session_is_new_until_the_answer_has_left(browser: Browser) -> None:
    async def around_save(session: ServerSideSession) -> list[bool]:
        seen = [session.new]
        session["x"] = 1
        await session.save()
        return [*seen, session.new]

    assert await browser.look(around_save) == [True, True]
    assert await browser.look(lambda session: session.new) is False


async def test_the_sid_is_what_the_store_files_it_under_and_signs_nobody_in(
    browser: Browser, store: CountingStore
) -> None:
    def sid_of_new(session: ServerSideSession) -> str:
        session["x"] = 1
        return session.sid

    first = await browser.look(sid_of_new)
    second = await browser.look(lambda session: session.sid)
    thief = Browser(browser.app, token=first)

    assert [first, second] == [store.records[0].key] * 2
    assert first != browser.token
    assert await thief.look(look) == {}


async def test_asking_a_visitor_for_the_sid_leaves_nothing(
    browser: Browser, store: CountingStore
) -> None:
    await browser.visit(lambda session: session.sid)

    assert store.calls == []
    assert browser.token is None


async def test_marking_it_as_modified_counts_as_having_come_by(
    filled: Browser, store: CountingStore
) -> None:
    def mark(session: ServerSideSession) -> bool:
        session.modified = True
        return session.modified

    assert await filled.look(mark) is True
    assert store.writes == ["touch"]


async def test_unmarking_it_takes_back_no_change(filled: Browser) -> None:
    def unmark(session: ServerSideSession) -> None:
        session["a"] = 2
        session.modified = False

    await filled.visit(unmark)

    assert await filled.read("a") == 2


async def test_permanent_is_no_entry_and_stays_as_it_was_set(browser: Browser) -> None:
    def set_permanent(session: ServerSideSession) -> None:
        session["x"] = 1
        session.permanent = True

    await browser.visit(set_permanent)

    assert await browser.look(lambda session: session.permanent) is True
    assert await browser.look(look) == {"x": 1}


async def test_permanent_alone_makes_no_record(browser: Browser, store: CountingStore) -> None:
    await browser.visit(lambda session: setattr(session, "permanent", True))

    assert store.calls == []


async def test_sessions_can_be_permanent_from_the_start(store: CountingStore) -> None:
    browser = Browser(make_app(store, SESSION_PERMANENT=True))

    await browser.visit(put(x=1))

    assert await browser.look(lambda session: session.permanent) is True


async def test_regenerating_changes_the_token_and_nothing_else(filled: Browser) -> None:
    before = filled.copy()

    await filled.visit(lambda session: session.regenerate())

    assert filled.token != before.token
    assert await filled.look(look) == START
    assert await before.look(look) == {}


async def test_a_second_save_writes_only_what_changed_since_the_first(
    filled: Browser, store: CountingStore
) -> None:
    async def save_twice(session: ServerSideSession) -> list[bool]:
        session["a"] = 2
        await session.save()
        await session.save()
        seen = [session.modified]
        session["b"] = 2
        return [*seen, session.modified]

    assert await filled.look(save_twice) == [False, True]
    assert store.writes == ["patch", "patch"]
    assert await filled.look(look) == {"a": 2, "list": [1], "b": 2}


@pytest.mark.parametrize("values", [{"name": "ada"}, {"x": 1}])
async def test_a_new_token_waits_for_the_answer_that_can_carry_it(
    browser: Browser, store: CountingStore, values: dict[str, Any]
) -> None:
    async def save_too_early(session: ServerSideSession) -> None:
        session.update(values)
        session.regenerate()
        await session.save()

    await browser.arrive(put(lang="fr"))
    before = store.records
    await browser.visit(save_too_early, answer=("sorry", 500))

    assert store.records == before
    assert await browser.look(look) == {"lang": "fr"}


@pytest.mark.parametrize(
    ("before", "meanwhile", "owners"),
    [
        ({"name": "ada", "cart": 1}, lambda s: s.pop("name"), []),
        ({"name": "ada", "cart": 1}, put(name="eve"), ["eve"]),
        ({"cart": 1}, put(name="ada"), ["ada"]),
    ],
    ids=["out", "as somebody else", "in"],
)
async def test_signing_in_or_out_while_a_save_is_under_way_ends_the_token(
    store: CountingStore,
    before: dict[str, Any],
    meanwhile: Callable[[ServerSideSession], Any],
    owners: list[str],
) -> None:
    browser = Browser(make_app(store, SESSION_OWNER_KEY="name"))

    async def sign_while_saving(session: ServerSideSession) -> None:
        session["progress"] = 1
        saving = asyncio.create_task(session.save())
        await asyncio.sleep(0)
        meanwhile(session)
        await saving

    await browser.visit(put(**before))
    holder_of_the_old_token = Browser(browser.app, token=browser.token)

    await browser.visit(sign_while_saving)

    assert await holder_of_the_old_token.look(look) == {}
    assert [record.owner for record in store.records] == owners


async def test_who_signs_in_after_a_saved_sign_out_is_not_remembered_as_long_as_the_one_before(
    browser: Browser,
) -> None:
    def be_remembered(session: ServerSideSession) -> None:
        session["name"] = "ada"
        session.permanent = True

    async def sign_out_and_in(session: ServerSideSession) -> None:
        session.clear()
        await session.save()
        session["name"] = "eve"

    await browser.visit(be_remembered)
    response = await browser.visit(sign_out_and_in)

    assert [cookie.max_age for cookie in cookies_in(response)] == [None]


@pytest.mark.parametrize("last_words", [{}, {"message": "bye"}, {"name": "eve"}])
async def test_a_sign_out_ends_a_session_that_another_tab_has_moved_to_a_new_token(
    store: CountingStore, last_words: dict[str, str]
) -> None:
    browser = Browser(make_app(store, SESSION_OWNER_KEY="name"))
    other_tab = Browser(browser.app)

    async def sign_out_late(session: ServerSideSession) -> None:
        del session["name"]
        session.update(last_words)
        await other_tab.visit(lambda session: session.regenerate())

    await browser.visit(put(name="ada"))
    other_tab.client.set_cookie("localhost", "session", browser.token or "")

    await browser.visit(sign_out_late)

    assert await other_tab.look(look) == {}


class CanOnlyMove(CountingStore):
    """Creates and deletes, but at times fails to patch."""

    fails = False

    async def patch(self, *args: Any, **kwargs: Any) -> Record | None:
        if self.fails:
            raise StoreUnavailable("for a moment")
        return await super().patch(*args, **kwargs)


async def test_a_store_that_fails_halfway_through_a_new_token_signs_nobody_out(
    clock: FakeClock,
) -> None:
    store = CanOnlyMove(clock=clock)
    browser = Browser(make_app(store))
    other_tab = Browser(browser.app)

    async def regenerate_late(session: ServerSideSession) -> None:
        session.regenerate()
        await other_tab.visit(put(lang="fr"))
        store.fails = True

    await browser.visit(put(name="ada"))
    other_tab.client.set_cookie("localhost", "session", browser.token or "")

    await browser.visit(regenerate_late)

    assert await browser.look(look) == {"name": "ada"}


class MovedAfterListing(CountingStore):
    """Whoever is `moving` does so when this store has listed sessions that many times."""

    moving: Browser | None = None
    listings_left = 0

    async def owned_by(self, owner: str) -> list[Record]:
        listed = await super().owned_by(owner)
        self.listings_left -= 1
        if self.moving is not None and self.listings_left == 0:
            await self.moving.visit(lambda session: session.regenerate())
        return listed


@pytest.mark.parametrize("listings", [1, 2])
async def test_signing_out_everywhere_ends_a_session_that_moves_to_a_new_token_meanwhile(
    clock: FakeClock, listings: int
) -> None:
    store = MovedAfterListing(clock=clock)
    app = make_app(store)
    thief, here = Browser(app), Browser(app)
    await thief.visit(put(name="ada"))
    clock.advance(minutes=1)
    await here.visit(put(name="ada"))
    key = await here.look(lambda session: session.sid)
    store.moving, store.listings_left = thief, listings
    interface = app.session_interface
    assert isinstance(interface, ServerSideSessionInterface)

    ended = await interface.delete_owned_by("ada", except_key=key)

    assert len(ended) == 1
    assert await thief.look(look) == {}
    assert await here.look(look) == {"name": "ada"}
