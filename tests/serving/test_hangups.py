"""Clients that hang up in the middle: afterwards the session is the old one or the new one."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from quart import Quart, current_app, session

from quart_app.sessions import Store
from quart_app.sessions.held.tokens import key_of
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import Client
from tests.kit.servers import PATIENT_SECONDS
from tests.serving.browsing import seen_by, signed_in, token_in
from tests.serving.programs.notes import create_app
from tests.serving.stops import Caller, Stop, StoppableStore, stop_in_handlers

# Up to here nothing of the change has begun, so nothing of it remains.
TOO_EARLY = ("before find", "after find", "before the handler", "after the handler")
PATIENCE = timedelta(seconds=PATIENT_SECONDS)
ANSWERING = ("at http.response.start", "at http.response.body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An application with a place where it stops, and another on the same sessions without."""

    app: Quart
    onlooker: Quart
    store: Store
    stop: Stop
    stoppable: StoppableStore

    async def hang_up_during(self, path: str, *, token: str, **form: str) -> None:
        """Returns when every write that had begun is done."""
        await Caller(self.app, self.stop).hang_up_during(path, form, token=token)
        self.stop.go_on()
        await self.app.session_interface.close()  # type: ignore[attr-defined]


@pytest.fixture(params=["memory", "filesystem", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each store in turn, empty."""
    if request.param == "redis":
        return RedisStore(url=request.getfixturevalue("redis_server").url, timeout=PATIENCE)
    if request.param == "filesystem":
        return FilesystemStore(tmp_path / "sessions", timeout=PATIENCE)
    return MemoryStore()


@pytest.fixture(autouse=True)
async def nothing_is_lost() -> AsyncIterator[None]:
    """No exception that nobody looked at, no task that nobody waits for."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, about: complaints.append(about))
    before = asyncio.all_tasks()
    gc.freeze()  # or each collection below looks at all that was ever imported
    yield
    gc.collect()
    gc.unfreeze()
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left
    assert not complaints


@asynccontextmanager
async def scene_at(place: str, store: Store) -> AsyncIterator[Scene]:
    stop = Stop(place)
    stoppable = StoppableStore(store, stop)
    app = create_app({}, store=stoppable)
    app.add_url_rule("/everywhere", view_func=sign_out_everywhere, methods=["POST"])
    app.add_url_rule("/early", view_func=save_early, methods=["POST"])
    stop_in_handlers(app, stop)
    onlooker = create_app({}, store=store)
    yield Scene(app=app, onlooker=onlooker, store=store, stop=stop, stoppable=stoppable)
    await store.close()


async def sign_out_everywhere() -> str:
    ended = await current_app.session_interface.delete_owned_by(  # type: ignore[attr-defined]
        session["name"],
        except_key=session.sid,  # type: ignore[attr-defined]
    )
    return str(len(ended))


async def save_early() -> str:
    session["notes"] = ["saved early"]
    await session.save()  # type: ignore[attr-defined]
    return "done"


@pytest.mark.parametrize("place", ["before the form", *TOO_EARLY])
async def test_a_sign_in_cut_off_before_it_began_leaves_the_visitor_as_he_was(
    place: str, store: Store
) -> None:
    async with scene_at(place, store) as scene:
        browser = Client(scene.onlooker)
        await browser.post("/notes", form={"note": "mine"})
        token = token_in(browser) or ""

        await scene.hang_up_during("/login", token=token, name="ada")

        seen = await seen_by(browser)
        assert (seen["name"], seen["notes"]) == (None, ["mine"])
        assert await store.owned_by("ada") == []


@pytest.mark.parametrize(
    "place", ["before create", "after create", "before retire", "after retire", *ANSWERING]
)
async def test_a_sign_in_cut_off_later_is_complete_in_one_session_and_the_old_token_is_dead(
    place: str, store: Store
) -> None:
    async with scene_at(place, store) as scene:
        browser = Client(scene.onlooker)
        await browser.post("/notes", form={"note": "mine"})
        token = token_in(browser) or ""

        await scene.hang_up_during("/login", token=token, name="ada")

        assert await store.load(key_of(token)) is None
        [new] = await store.owned_by("ada")
        assert len(new.fields) == 3


@pytest.mark.parametrize("place", TOO_EARLY)
async def test_a_sign_out_cut_off_before_it_began_leaves_the_session(
    place: str, store: Store
) -> None:
    async with scene_at(place, store) as scene:
        browser = await signed_in(scene.onlooker)

        await scene.hang_up_during("/logout", token=token_in(browser) or "")

        assert (await seen_by(browser))["name"] == "ada"
        assert len(await store.owned_by("ada")) == 1


@pytest.mark.parametrize("place", ["before retire", "after retire", *ANSWERING])
async def test_a_sign_out_cut_off_later_is_final(place: str, store: Store) -> None:
    async with scene_at(place, store) as scene:
        browser = await signed_in(scene.onlooker)

        await scene.hang_up_during("/logout", token=token_in(browser) or "")

        assert (await seen_by(browser))["name"] is None
        assert await store.owned_by("ada") == []


@pytest.mark.parametrize(
    ("place", "notes"),
    [
        *((place, []) for place in ("before the form", *TOO_EARLY)),
        *((place, ["new"]) for place in ("before patch", "after patch", *ANSWERING)),
    ],
)
async def test_a_change_cut_off_is_made_as_a_whole_or_not_at_all(
    place: str, notes: list[str], store: Store
) -> None:
    async with scene_at(place, store) as scene:
        browser = await signed_in(scene.onlooker)

        await scene.hang_up_during("/notes", token=token_in(browser) or "", note="new")

        assert (await seen_by(browser))["notes"] == notes


@pytest.mark.parametrize("place", ["before patch", "after patch", "after the handler"])
async def test_what_a_handler_saves_early_is_saved_although_the_client_leaves(
    place: str, store: Store
) -> None:
    async with scene_at(place, store) as scene:
        browser = await signed_in(scene.onlooker)

        await scene.hang_up_during("/early", token=token_in(browser) or "")

        assert (await seen_by(browser))["notes"] == ["saved early"]


@pytest.mark.parametrize("place", ["before retire", "after retire"])
async def test_signing_out_everywhere_goes_on_to_the_last_session_although_the_client_leaves(
    place: str, store: Store
) -> None:
    async with scene_at(place, store) as scene:
        browser = await signed_in(scene.onlooker)
        others = [await signed_in(scene.onlooker) for _ in range(3)]

        await scene.hang_up_during("/everywhere", token=token_in(browser) or "")

        assert len(await store.owned_by("ada")) == 1
        assert (await seen_by(browser))["name"] == "ada"
        assert [(await seen_by(other))["name"] for other in others] == [None] * 3


@pytest.mark.parametrize(
    ("path", "form", "place"),
    [
        ("/login", {"name": "grace"}, "before create"),
        ("/logout", {}, "before retire"),
        ("/notes", {"note": "new"}, "before patch"),
    ],
)
async def test_a_write_that_fails_after_the_client_has_left_changes_nothing_and_is_not_lost(
    path: str, form: dict[str, str], place: str, store: Store
) -> None:
    async with scene_at(place, store) as scene:
        browser = await signed_in(scene.onlooker)
        await Caller(scene.app, scene.stop).hang_up_during(
            path, form, token=token_in(browser) or ""
        )
        scene.stoppable.is_broken = True

        scene.stop.go_on()
        await scene.app.session_interface.close()  # type: ignore[attr-defined]

        seen = await seen_by(browser)
        assert (seen["name"], seen["notes"]) == ("ada", [])
        assert await store.owned_by("grace") == []


@pytest.mark.parametrize("place", ["before create", "after create", "after retire"])
async def test_a_server_that_stops_waits_for_the_writes_under_way(place: str, store: Store) -> None:
    async with scene_at(place, store) as scene:
        browser = Client(scene.onlooker)
        await browser.post("/notes", form={"note": "mine"})
        token = token_in(browser) or ""
        await scene.app.startup()
        await Caller(scene.app, scene.stop).hang_up_during("/login", {"name": "ada"}, token=token)

        stopping = asyncio.create_task(scene.app.shutdown())
        done_early, _ = await asyncio.wait({stopping}, timeout=0.02)
        scene.stop.go_on()
        await stopping

        assert not done_early
        assert await store.load(key_of(token)) is None
        assert len(await store.owned_by("ada")) == 1
