"""The secret key that is made at the first start, and kept."""

from __future__ import annotations

import multiprocessing
import os
import stat
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from quart_app.errors import ConfigurationError
from quart_app.settings import secret_key

PROCESSES = 8
STARTS = 5


def test_a_key_is_made_at_the_first_start_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"

    first = secret_key.kept_in(folder)
    second = secret_key.kept_in(folder)

    assert first == second
    assert len(first) >= 43
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["secret_key"]


def test_another_folder_has_another_key(tmp_path: Path) -> None:
    assert secret_key.kept_in(tmp_path / "a") != secret_key.kept_in(tmp_path / "b")


def test_the_umask_does_not_open_the_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        secret_key.kept_in(tmp_path / "data")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600


def _start_again_and_again(
    folder: Path, barrier: Barrier, keys: multiprocessing.SimpleQueue[tuple[int, str]]
) -> None:
    for start in range(STARTS):
        barrier.wait()
        keys.put((start, secret_key.kept_in(folder / str(start))))


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    # A process of its own each: a fork of this one would share what pytest's threads hold.
    context = multiprocessing.get_context("forkserver")
    barrier, keys = context.Barrier(PROCESSES), context.SimpleQueue()
    processes = [
        context.Process(target=_start_again_and_again, args=(tmp_path, barrier, keys))
        for _ in range(PROCESSES)
    ]

    for process in processes:
        process.start()
    found = {keys.get() for _ in range(PROCESSES * STARTS)}
    for process in processes:
        process.join()

    assert len(found) == STARTS
    assert found == {(n, (tmp_path / str(n) / "secret_key").read_text()) for n in range(STARTS)}
    assert all(len(list(folder.iterdir())) == 1 for folder in tmp_path.iterdir())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620])
def test_a_key_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    secret_key.kept_in(tmp_path)
    (tmp_path / "secret_key").chmod(mode)

    refused(tmp_path, "chmod 600")


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"x" * 31 + b"\n"])
def test_a_key_that_was_cut_short_is_refused(tmp_path: Path, content: bytes) -> None:
    write(tmp_path / "secret_key", content)

    refused(tmp_path, "delete it")


def test_a_key_that_is_no_text_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "secret_key", b"\xff" * 64)

    refused(tmp_path, "delete it")


def test_a_folder_in_place_of_the_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret_key").mkdir(mode=0o700)

    refused(tmp_path, "set DATA_DIR")


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret_key").symlink_to(tmp_path / "nothing" / "there")

    refused(tmp_path, "set DATA_DIR")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    refused(tmp_path / "file", "set DATA_DIR")
    refused(tmp_path / "file" / "below", "set DATA_DIR")


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        # root may write everywhere, but for what no file system lets anybody.
        refused(Path("/proc/self"), "set DATA_DIR")
        return
    tmp_path.chmod(0o500)

    refused(tmp_path, "set DATA_DIR")


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)


def refused(folder: Path, cure: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        secret_key.kept_in(folder)

    line = str(caught.value)
    assert "\n" not in line
    assert str(folder) in line
    assert cure in line
