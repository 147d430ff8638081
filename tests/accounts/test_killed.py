"""Killed at any moment, what was under way is done or not, and never half."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from tests.accounts.programs.killed import WHAT
from tests.accounts.test_migrations import next_version
from tests.kit.processes import python


@pytest.mark.parametrize("what", WHAT)
def test_killed_at_any_step_it_is_as_before_or_done_and_never_half(
    url: str, tmp_path: Path, what: str
) -> None:
    folder = next_version(tmp_path / "next")

    # Some fifty processes, each of which makes its connections anew.
    ended = python("-m", "tests.accounts.programs.killed", url, what, str(folder), within=600)

    assert ended.returncode == 0, ended.stderr
    before, after = [len([*same]) for _, same in groupby(ended.stdout.splitlines())]
    assert before > 3  # with the one that nothing was done in
    assert after > 1  # killed after its commit, and not killed
