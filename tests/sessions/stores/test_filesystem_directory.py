"""Where sessions are kept has to be ours alone; if it is not, the message names the cure."""

# ruff: noqa: ASYNC240 - a test may block

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quart_app.errors import ConfigurationError, StoreUnavailable
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record, key_of
from tests.sessions.stores.programs.as_nobody import NOBODY
from tests.sessions.stores.programs.mounts import mounted, needs_root
from tests.sessions.stores.programs.start import said_by_all


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """Unlike pytest's own, one that other users get into."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


async def is_refused(root: Path, cure: str) -> None:
    """By a check at once, by the first use as a trouble of the store."""
    store = FilesystemStore(root)

    with pytest.raises(ConfigurationError, match=cure) as refused:
        await store.check()
    with pytest.raises(StoreUnavailable, match=cure):
        await store.load(key_of("none"))

    assert str(root) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.usefixtures("careless_umask")
async def test_a_missing_directory_is_made_for_us_alone(tmp_path: Path) -> None:
    root = tmp_path / "var" / "data" / "sessions"

    await FilesystemStore(root).check()

    assert mode(root) == 0o700


@pytest.mark.usefixtures("careless_umask")
async def test_all_that_lies_in_it_is_for_us_alone(root: Path, clock: FakeClock) -> None:
    store = FilesystemStore(root, clock=clock)
    record = a_record(clock, owner="ada")

    await store.create(record)
    await store.patch(record.key, set={"a": b"1"})

    made = list(root.rglob("*"))
    assert {mode(path) for path in made if path.is_dir()} == {0o700}
    assert {mode(path) for path in made if path.is_file()} == {0o600}
    assert len([path for path in made if path.is_file() and path.parent != root]) == 2


async def test_the_mode_of_a_session_file_is_a_setting(root: Path, clock: FakeClock) -> None:
    store = FilesystemStore(root, clock=clock, file_mode=0o640)

    await store.create(a_record(clock))

    assert {mode(path) for path in root.rglob("*") if path.is_file()} == {0o640}


async def test_a_constructor_makes_no_directory(root: Path) -> None:
    FilesystemStore(root)

    assert list(root.parent.iterdir()) == []


async def test_a_symbolic_link_is_refused(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.mkdir(mode=0o700)
    root.symlink_to(target)

    await is_refused(root, f"set SESSION_FILE_DIR to {target}")


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("nowhere"), Path.touch])
async def test_a_dangling_link_or_a_file_is_refused(
    root: Path, make: Callable[[Path], None]
) -> None:
    make(root)

    await is_refused(root, "set SESSION_FILE_DIR to a directory")


async def test_a_directory_under_a_file_is_refused(root: Path) -> None:
    root.touch()

    await is_refused(root / "sessions", "set SESSION_FILE_DIR")


@pytest.mark.parametrize("open_to_others", [0o750, 0o701, 0o702, 0o777])
async def test_a_directory_open_to_others_is_refused(root: Path, open_to_others: int) -> None:
    root.mkdir()
    root.chmod(open_to_others)

    await is_refused(root, f"run chmod 700 {root}")


async def test_a_directory_of_somebody_else_is_refused(root: Path) -> None:
    needs_root()
    root.mkdir(mode=0o700)
    os.chown(root, NOBODY, NOBODY)

    await is_refused(root, f"run chown {os.geteuid()} {root}")


async def test_a_directory_on_a_read_only_disk_is_refused() -> None:
    with mounted("size=64k") as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)  # noqa: ASYNC221

        await is_refused(disk, f"let uid {os.geteuid()} write there")


def a_directory_that_cannot_be_written(parent: Path) -> Path:
    root = parent / "sessions"
    root.mkdir()
    os.chown(root, NOBODY, NOBODY)
    root.chmod(0o500)
    return root


def a_directory_that_cannot_be_seen(parent: Path) -> Path:
    root = parent / "hidden" / "sessions"
    root.mkdir(parents=True, mode=0o700)
    root.parent.chmod(0o700)
    return root


@pytest.mark.parametrize(
    "make",
    [
        lambda parent: parent / "sessions",
        a_directory_that_cannot_be_written,
        a_directory_that_cannot_be_seen,
    ],
    ids=["a parent without rights", "not to be written", "not to be seen"],
)
def test_a_user_without_rights_is_told_what_to_change(
    public_folder: Path, make: Callable[[Path], Path]
) -> None:
    needs_root()
    root = make(public_folder)

    [said] = said_by_all(("as_nobody", root))

    reason = (
        f"{root} cannot hold sessions (Permission denied):"
        f" let uid {NOBODY} write there, or set SESSION_FILE_DIR"
    )
    assert said.splitlines() == [f"ConfigurationError: {reason}", f"StoreUnavailable: {reason}"]


async def test_a_disk_that_turns_read_only_still_lets_people_in(clock: FakeClock) -> None:
    with mounted("size=64k") as disk:
        store = FilesystemStore(disk, clock=clock)
        record = a_record(clock, owner="ada")
        await store.create(record)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)  # noqa: ASYNC221

        for call in (
            store.create(a_record(clock, "phone", owner="ada")),
            store.patch(record.key, set={"a": b"1"}),
            store.touch(record.key, seen_at=clock()),
            store.delete(record.key),
        ):
            with pytest.raises(StoreUnavailable, match="Read-only"):
                await call
        assert await store.load(record.key) == record
        assert await store.owned_by("ada") == [record]
        await store.close()


@pytest.mark.parametrize("removed", ["records", "owners"])
async def test_a_part_removed_while_running_comes_back_by_itself(
    root: Path, clock: FakeClock, removed: str
) -> None:
    store = FilesystemStore(root, clock=clock)
    gone, record = a_record(clock, "gone"), a_record(clock, owner="ada")
    await store.create(gone)
    await store.create(a_record(clock, "gone too", owner="ada"))

    shutil.rmtree(root / removed)

    if removed != "owners":
        assert await store.load(gone.key) is None
        assert await store.patch(gone.key, set={"a": b"1"}) is None
        assert await store.delete(gone.key) is None
        assert await store.owned_by("ada") == []
    assert (await store.sweep(budget=10)).finished
    await store.create(record)
    assert await store.load(record.key) == record
    assert await store.owned_by("ada") == [record]
    await FilesystemStore(root, clock=clock).check()


@pytest.mark.parametrize("in_its_place", ["nothing", "an empty one", "another one"])
async def test_a_directory_that_was_moved_away_is_an_outage_until_it_is_back(
    root: Path, clock: FakeClock, in_its_place: str
) -> None:
    store = FilesystemStore(root, clock=clock)
    record = a_record(clock, owner="ada")
    await store.create(record)
    moved = root.with_name("moved")

    root.rename(moved)
    if in_its_place == "an empty one":
        root.mkdir(mode=0o700)
    elif in_its_place == "another one":
        await FilesystemStore(root, clock=clock).create(a_record(clock, "another"))

    for call in (
        lambda: store.load(record.key),
        lambda: store.patch(record.key, set={"a": b"1"}),
        lambda: store.delete(record.key),
        lambda: store.owned_by("ada"),
        lambda: store.create(a_record(clock, "new", owner="grace")),
        lambda: store.check(),
    ):
        with pytest.raises(StoreUnavailable, match="was moved, unmounted or emptied"):
            await call()
    if in_its_place != "nothing":
        shutil.rmtree(root)
    moved.rename(root)
    assert await store.load(record.key) == record
    assert await store.owned_by("ada") == [record]
    await store.check()
