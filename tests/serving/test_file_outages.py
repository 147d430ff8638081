"""The application while the disk of its sessions is full, gone or closed to it."""

# ruff: noqa: ASYNC240 - a test may block

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from quart import Quart

from quart_app.sessions import Store
from quart_app.testing import Client
from tests.serving.browsing import record_of, seen_by, signed_in, token_in
from tests.serving.outages import is_honest_503, only_public_pages_are_shown, quickly
from tests.serving.programs.notes import create_app
from tests.sessions.stores.programs.mounts import mounted

NOBODY = 65534


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the sessions lie."""
    return tmp_path / "sessions"


@pytest.fixture(params=[False, True], ids=["served", "under test"])
def notes(request: pytest.FixtureRequest, directory: Path) -> Quart:
    """The notes, as they are served and as their own tests see them."""
    return create_app({"TESTING": request.param, "SESSION_FILE_DIR": str(directory)})


@pytest.fixture(autouse=True)
async def _closed(notes: Quart) -> AsyncIterator[None]:
    yield
    await notes.session_interface.close()  # type: ignore[attr-defined]


@pytest.fixture
def tiny_disk(directory: Path) -> Iterator[Path]:
    """64 kB, and full at once."""
    directory.mkdir(mode=0o700)
    with mounted("size=64k", at=directory) as disk:
        yield disk


def fill(disk: Path) -> None:
    """To the last byte."""
    with open(disk / "ballast", "wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError:
            return


@contextmanager
def somebody_else() -> Iterator[None]:
    """Root may read everything; this user may not."""
    me = os.geteuid()
    if me != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(me)


@contextmanager
def unreadable(directory: Path) -> Iterator[None]:
    """Closed to the server's own user."""
    directory.chmod(0)
    try:
        with somebody_else():
            yield
    finally:
        directory.chmod(0o700)


@contextmanager
def replaced_by_a_file(directory: Path) -> Iterator[None]:
    """What was there a moment ago is somewhere else."""
    elsewhere = directory.rename(directory.with_name("elsewhere"))
    directory.touch()
    yield
    directory.unlink()
    elsewhere.rename(directory)


BREAKS = {"unreadable": unreadable, "replaced by a file": replaced_by_a_file}


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
async def test_public_pages_are_shown_and_others_say_come_again_until_the_disk_is_back(
    broken: Callable[[Path], AbstractContextManager[None]], notes: Quart, directory: Path
) -> None:
    browser = await only_public_pages_are_shown(notes, broken(directory))

    assert (await seen_by(browser))["name"] == "ada"


async def test_while_the_directory_is_gone_nobody_is_signed_out(
    notes: Quart, directory: Path
) -> None:
    browser = await signed_in(notes)
    token = token_in(browser)
    away = directory.with_name("away")
    directory.rename(away)
    directory.mkdir(mode=0o700)

    answers = [
        is_honest_503(await quickly(browser.get("/"))),
        is_honest_503(await quickly(browser.post("/login", form={"name": "grace"}))),
    ]
    token_then = token_in(browser)
    directory.rmdir()
    away.rename(directory)

    assert all(answers)
    assert token_then == token
    assert (await seen_by(browser))["name"] == "ada"


async def test_on_a_full_disk_sessions_are_read_and_ended_and_a_new_one_says_come_again(
    tiny_disk: Path, notes: Quart
) -> None:
    browser, other, visitor = await signed_in(notes), await signed_in(notes), Client(notes)
    store: Store = notes.session_interface.store  # type: ignore[attr-defined]
    before = await record_of(browser, store)
    fill(tiny_disk)

    seen = await seen_by(browser)
    refused = [
        is_honest_503(await quickly(visitor.post("/login", form={"name": "grace"}))),
        is_honest_503(await quickly(browser.post("/login", form={"name": "grace"}))),
        is_honest_503(await quickly(browser.post("/notes", form={"note": "x" * 65536}))),
    ]
    ended = await quickly(other.post("/logout"))
    after = await record_of(browser, store)
    public = await quickly(visitor.get("/public"))

    assert seen["name"] == "ada"
    assert all(refused)
    assert after == before
    assert ended.status == 303
    assert token_in(other) is None
    assert len(await store.owned_by("ada")) == 1
    assert await store.owned_by("grace") == []
    assert public.status == 200


async def test_when_the_disk_has_room_again_everything_works_as_before(
    tiny_disk: Path, notes: Quart
) -> None:
    browser, visitor = await signed_in(notes), Client(notes)
    fill(tiny_disk)
    refused = await visitor.post("/login", form={"name": "grace"})
    (tiny_disk / "ballast").unlink()

    answer = await visitor.post("/login", form={"name": "grace"})
    await browser.post("/notes", form={"note": "kept"})

    assert is_honest_503(refused)
    assert answer.status == 303
    assert (await seen_by(visitor))["name"] == "grace"
    assert (await seen_by(browser))["notes"] == ["kept"]
