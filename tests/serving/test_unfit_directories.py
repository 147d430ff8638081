"""A directory that is not fit for sessions ends the start, with a line that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.serving.processes import NOTES, SERVERS, started

# With workers of its own, hypercorn 0.18 forgets their exit code and ends with 0, whatever the
# application. So its start is judged in one process.
JUDGED = {"hypercorn": (*SERVERS["hypercorn"], "--workers", "0"), "uvicorn": SERVERS["uvicorn"]}


def exit_and_words(server: str, config: Mapping[str, Any], folder: Path) -> tuple[int, str]:
    with started((*JUDGED[server], NOTES), config=config, folder=folder) as program:
        return program.wait_until_it_ends(), program.said


@pytest.mark.parametrize("server", JUDGED)
def test_a_directory_that_others_can_read_ends_the_start(server: str, tmp_path: Path) -> None:
    directory = tmp_path / "sessions"
    directory.mkdir(mode=0o755)

    exit_code, words = exit_and_words(server, {"SESSION_FILE_DIR": str(directory)}, tmp_path)

    assert exit_code != 0
    assert f"{directory} is open to other users: run chmod 700 {directory}" in words


@pytest.mark.parametrize("server", JUDGED)
def test_a_directory_behind_a_symbolic_link_ends_the_start(server: str, tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir(mode=0o700)
    link = tmp_path / "sessions"
    link.symlink_to(real)

    exit_code, words = exit_and_words(server, {"SESSION_FILE_DIR": str(link)}, tmp_path)

    assert exit_code != 0
    assert f"{link} is a symbolic link: set SESSION_FILE_DIR to {real}" in words


@pytest.mark.parametrize("server", JUDGED)
def test_a_setting_that_cannot_work_ends_the_start(server: str, tmp_path: Path) -> None:
    exit_code, words = exit_and_words(server, {"SESSION_TYPE": "filesytem"}, tmp_path)

    assert exit_code != 0
    assert "SESSION_TYPE is 'filesytem': set it to 'filesystem' or 'redis'" in words


def test_hypercorn_with_workers_ends_too_and_names_the_cure(tmp_path: Path) -> None:
    directory = tmp_path / "sessions"
    directory.mkdir(mode=0o755)
    config = {"SESSION_FILE_DIR": str(directory)}

    with started((*SERVERS["hypercorn"], NOTES), config=config, folder=tmp_path) as program:
        program.wait_until_it_ends()

        assert f"run chmod 700 {directory}" in program.said
