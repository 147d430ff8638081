"""What a session says of itself, and what a handler may ask of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from quart_app.sessions import Record, ServerSideSession
from quart_app.testing import FakeClock
from tests.sessions.browser import (
    Browser,
    CountingStore,
    Handler,
    clear,
    cookies_in,
    interface_of,
    lasting,
    lifetimes,
    look,
    make_app,
    permanently,
    put,
    regenerate,
)

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

    assert [first, second] == [(await store.records())[0].key] * 2
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


async def test_unmarking_it_keeps_what_was_changed_so_far_from_the_store(
    filled: Browser, store: CountingStore
) -> None:
    held: list[dict[str, Any]] = []

    def unmark(session: ServerSideSession) -> bool:
        session["a"] = 2
        session["list"].append(2)
        session["new"] = 1
        session.modified = False
        is_modified = session.modified
        session["later"] = 1
        held.append(dict(session))
        return is_modified

    assert await filled.look(unmark) is False
    assert held == [{"a": 2, "list": [1, 2], "new": 1, "later": 1}]
    assert await filled.look(look) == {**START, "later": 1}
    assert store.counted["patch"] == 1


def unmarked(change: Handler) -> Handler:
    """A handler that does this, and takes the mark away that it left."""

    def change_and_unmark(session: ServerSideSession) -> None:
        change(session)
        session.modified = False

    return change_and_unmark


@pytest.mark.parametrize("again", [3, 2], ids=["to another value", "to the same"])
async def test_what_was_unmarked_and_changed_again_is_stored(filled: Browser, again: int) -> None:
    def unmark(session: ServerSideSession) -> None:
        session["a"] = 2
        del session["list"]
        session.modified = False
        session["a"] = again

    await filled.visit(unmark)

    assert await filled.look(look) == {**START, "a": again}


@pytest.mark.config(SESSION_OWNER_KEY="name")
async def test_what_was_unmarked_does_not_go_to_the_next_owner_as_it_was(browser: Browser) -> None:
    await browser.arrive(put(name="ada", secret="ada's"))  # noqa: S106 - it is one

    await browser.visit(unmarked(put(name="bob", secret="another")))  # noqa: S106

    assert await browser.look(look) == {"name": "bob"}


async def test_what_was_taken_out_and_unmarked_stays_where_the_session_went(
    filled: Browser,
) -> None:
    late = filled.copy()
    await filled.arrive(regenerate)

    await late.visit(unmarked(lambda session: session.pop("a", None)))

    assert await filled.look(look) == START


@pytest.mark.config(SESSION_OWNER_KEY="name")
@pytest.mark.parametrize("change", [put(name="ada"), put(name=None), lambda s: s.pop("name")])
async def test_who_signs_in_or_out_cannot_be_unmarked(browser: Browser, change: Handler) -> None:
    await browser.arrive(put(name="grace"))
    before = browser.copy()

    await browser.visit(unmarked(change))

    assert await before.look(look) == {}
    assert await browser.read("name") in ("ada", None)


async def test_a_new_visitor_who_is_unmarked_leaves_nothing(
    browser: Browser, store: CountingStore
) -> None:
    await browser.visit(unmarked(put(x=1)))

    assert store.calls == []


async def test_saving_says_whether_all_is_stored(filled: Browser) -> None:
    async def save_each(session: ServerSideSession) -> list[bool]:
        said = [await session.save()]
        session["a"] = 2
        said.append(await session.save())
        session.regenerate()
        return [*said, await session.save()]

    async def save_new(session: ServerSideSession) -> list[bool]:
        session["a"] = 1
        return [await session.save()]

    assert await filled.look(save_each) == [True, True, False]
    assert await Browser(filled.app).look(save_new) == [False]


async def test_reloading_takes_back_what_was_not_saved_and_shows_what_others_stored(
    filled: Browser,
) -> None:
    tab = filled.copy()

    async def reload(session: ServerSideSession) -> dict[str, Any]:
        session["a"] = 2
        session["mine"] = 1
        await tab.visit(put(theirs=1))
        await session.reload()
        session["after"] = 1
        return dict(session)

    expected = {**START, "theirs": 1, "after": 1}
    assert await filled.look(reload) == expected
    assert await filled.look(look) == expected


async def test_reloading_what_has_ended_leaves_a_new_visitor(filled: Browser) -> None:
    tab = filled.copy()

    async def reload(session: ServerSideSession) -> dict[str, Any]:
        await tab.visit(clear)
        await session.reload()
        return dict(session)

    assert await filled.look(reload) == {}
    assert await Browser(filled.app).look(reload) == {}


async def test_a_lifetime_can_be_given_back_to_the_settings(browser: Browser) -> None:
    def give_back(session: ServerSideSession) -> None:
        session.idle_lifetime = None
        session.absolute_lifetime = None

    await browser.arrive(lasting(idle=timedelta(minutes=5), absolute=timedelta(minutes=50)))
    before = await browser.look(lifetimes)
    await browser.visit(give_back)

    assert before == (timedelta(minutes=5), timedelta(minutes=50))
    assert await browser.look(lifetimes) == (timedelta(hours=8), timedelta(days=7))


async def test_permanent_is_no_entry_and_stays_as_it_was_set(browser: Browser) -> None:
    await browser.visit(permanently(x=1))

    assert await browser.look(lambda session: session.permanent) is True
    assert await browser.look(look) == {"x": 1}


async def test_permanent_alone_makes_no_record(browser: Browser, store: CountingStore) -> None:
    await browser.visit(permanently())

    assert store.calls == []


@pytest.mark.config(SESSION_PERMANENT=True)
async def test_sessions_can_be_permanent_from_the_start(browser: Browser) -> None:
    await browser.visit(put(x=1))

    assert await browser.look(lambda session: session.permanent) is True


async def test_regenerating_changes_the_token_and_nothing_else(filled: Browser) -> None:
    before = filled.copy()

    await filled.visit(regenerate)

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
    before = await store.records()
    await browser.visit(save_too_early, answer=("sorry", 500))

    assert await store.records() == before
    assert await browser.look(look) == {"lang": "fr"}


@pytest.mark.config(SESSION_OWNER_KEY="name")
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
    browser: Browser,
    store: CountingStore,
    before: dict[str, Any],
    meanwhile: Handler,
    owners: list[str],
) -> None:
    async def sign_while_saving(session: ServerSideSession) -> None:
        session["progress"] = 1
        saving = asyncio.create_task(session.save())
        await asyncio.sleep(0)
        meanwhile(session)
        await saving

    await browser.visit(put(**before))
    holder_of_the_old_token = browser.copy()

    await browser.visit(sign_while_saving)

    assert await holder_of_the_old_token.look(look) == {}
    assert [record.owner for record in await store.records()] == owners


async def test_who_signs_in_after_a_saved_sign_out_is_not_remembered_as_long_as_the_one_before(
    browser: Browser,
) -> None:
    async def sign_out_and_in(session: ServerSideSession) -> None:
        session.clear()
        await session.save()
        session["name"] = "eve"

    await browser.visit(permanently(name="ada"))
    response = await browser.visit(sign_out_and_in)

    assert [cookie.max_age for cookie in cookies_in(response)] == [None]


@pytest.mark.config(SESSION_OWNER_KEY="name")
@pytest.mark.parametrize("last_words", [{}, {"message": "bye"}, {"name": "eve"}])
async def test_a_sign_out_ends_a_session_that_another_tab_has_moved_to_a_new_token(
    browser: Browser, last_words: dict[str, str]
) -> None:
    await browser.visit(put(name="ada"))
    other_tab = browser.copy()

    async def sign_out_late(session: ServerSideSession) -> None:
        del session["name"]
        session.update(last_words)
        await other_tab.visit(regenerate)

    await browser.visit(sign_out_late)

    assert await other_tab.look(look) == {}


class MovedAfterListing(CountingStore):
    """Whoever is `moving` does so when this store has listed sessions that many times."""

    moving: Browser | None = None
    listings_left = 0

    async def owned_by(self, owner: str) -> list[Record]:
        listed = await super().owned_by(owner)
        self.listings_left -= 1
        if self.moving is not None and self.listings_left == 0:
            await self.moving.visit(regenerate)
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

    ended = await interface_of(app).delete_owned_by("ada", except_key=key)

    assert len(ended) == 1
    assert await thief.look(look) == {}
    assert await here.look(look) == {"name": "ada"}
