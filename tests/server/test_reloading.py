"""SIGHUP brings in new code, one worker after the other, and nobody is turned away."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.kit.processes import Program
from tests.server.load import Load
from tests.server.several import (
    CODE,
    children,
    workers,
)


def test_all_are_replaced_by_new_code_and_no_connection_is_refused(
    two_workers: Program, tmp_path: Path
) -> None:
    before = set(workers(two_workers))
    with Load.on(two_workers.port, "/release") as load:
        load.goes_on(100)
        (tmp_path / CODE).write_text("NUMBER = 2\n")
        two_workers.process.send_signal(signal.SIGHUP)
        two_workers.complains("workers replaced")
        old_answers = load.answers["1"]
        load.goes_on(100)

    assert load.failures == []
    assert load.answers.keys() == {"1", "2"}
    assert load.answers["1"] == old_answers, "none of before is left"
    assert before.isdisjoint(children(two_workers.process.pid))
    assert two_workers.out.count("http://") == 1


def test_a_second_hangup_during_the_first_replaces_them_once_more(
    two_workers: Program, tmp_path: Path
) -> None:
    before = set(workers(two_workers))
    two_workers.process.send_signal(signal.SIGHUP)
    two_workers.complains("replacing workers")
    (tmp_path / CODE).write_text("NUMBER = 2\n")
    two_workers.process.send_signal(signal.SIGHUP)
    two_workers.complains("workers replaced")

    with Load.on(two_workers.port, "/release") as load:
        load.goes_on(50)

    assert load.answers.keys() == {"2"}
    assert before.isdisjoint(children(two_workers.process.pid))


def test_new_code_that_does_not_start_leaves_the_old_workers_serving(
    two_workers: Program, tmp_path: Path
) -> None:
    before = set(workers(two_workers))
    (tmp_path / CODE).write_text("raise SystemExit(3)\n")

    two_workers.process.send_signal(signal.SIGHUP)
    two_workers.complains("workers not replaced")

    assert "a new worker does not start" in two_workers.err
    assert set(children(two_workers.process.pid)) == before
    with Load.on(two_workers.port, "/") as load:
        load.goes_on(50)
    assert load.failures == []
    status, _ = two_workers.stopped()
    assert status == 0
