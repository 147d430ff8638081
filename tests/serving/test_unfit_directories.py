"""A directory that is not fit for sessions ends the start, with a line that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.kit.processes import Program
from tests.kit.servers import HYPERCORN_ALONE, NOTES, SERVERS, configured

JUDGED = {"hypercorn": HYPERCORN_ALONE, "uvicorn": SERVERS["uvicorn"]}


def exit_and_words(server: str, config: Mapping[str, Any]) -> tuple[int, str]:
    with Program.running(*JUDGED[server], NOTES, environment=configured(config)) as program:
        return program.ended(), program.said


@pytest.mark.parametrize("server", JUDGED)
def test_a_directory_that_others_can_read_ends_the_start(server: str, tmp_path: Path) -> None:
    directory = tmp_path / "sessions"
    directory.mkdir(mode=0o755)

    exit_code, words = exit_and_words(server, {"SESSION_FILE_DIR": str(directory)})

    assert exit_code != 0
    assert f"{directory} is open to other users: run chmod 700 {directory}" in words


@pytest.mark.parametrize("server", JUDGED)
def test_a_directory_behind_a_symbolic_link_ends_the_start(server: str, tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir(mode=0o700)
    link = tmp_path / "sessions"
    link.symlink_to(real)

    exit_code, words = exit_and_words(server, {"SESSION_FILE_DIR": str(link)})

    assert exit_code != 0
    assert f"{link} is a symbolic link: set SESSION_FILE_DIR to {real}" in words


@pytest.mark.parametrize("server", JUDGED)
def test_a_setting_that_cannot_work_ends_the_start(server: str) -> None:
    exit_code, words = exit_and_words(server, {"SESSION_TYPE": "filesytem"})

    assert exit_code != 0
    assert "SESSION_TYPE is 'filesytem': set it to 'filesystem' or 'redis'" in words


def test_hypercorn_with_workers_ends_too_and_names_the_cure(tmp_path: Path) -> None:
    directory = tmp_path / "sessions"
    directory.mkdir(mode=0o755)
    config = {"SESSION_FILE_DIR": str(directory)}

    with Program.running(*SERVERS["hypercorn"], NOTES, environment=configured(config)) as program:
        program.ended()

        assert f"run chmod 700 {directory}" in program.said
