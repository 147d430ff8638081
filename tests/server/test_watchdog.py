"""A stop needs nothing that the system could refuse, and no reader of what it says."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import AbstractContextManager, suppress

import pytest

from tests.kit.processes import PYTHON, Program
from tests.kit.programs import needed
from tests.server import peers

LIMIT_SECONDS = 5.0
APP = ("tests.server.programs.everything", "0.3", "fastest", "0")
# Of no other program: the system counts the threads of a user.
USER = 50_000 + os.getpid() % 10_000
READS_ALL, AS_DOES_ITS_PROGRAM = "--inh-caps=+dac_override", "--ambient-caps=+dac_override"
another_user = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")


def with_threads(count: int) -> AbstractContextManager[Program]:
    """A server whose user may have no more of them, its first included."""
    setpriv, prlimit = (needed(name, package="util-linux") for name in ("setpriv", "prlimit"))
    # There is no such limit for root, but a checkout may lie where only root reads.
    user = (f"--reuid={USER}", f"--regid={USER}", "--clear-groups", READS_ALL, AS_DOES_ITS_PROGRAM)
    return Program.running(*APP, by=(prlimit, f"--nproc={count}", setpriv, *user, *PYTHON))


@another_user
def test_where_no_thread_can_be_started_it_stops_as_ever() -> None:
    with with_threads(2) as program:
        with peers.asking(program, "GET /thread/0.01") as client:
            peers.read_until(client, b"\r\n\r\nthread")

        with peers.asking(program, "GET /slow/0.2") as client:
            program.says("slow")
            status, seconds = program.stopped()
            answer = peers.everything_from(client)

    assert answer.endswith(b"slow")
    assert (status, program.err) == (0, "")
    assert seconds < LIMIT_SECONDS


@another_user
def test_where_no_thread_can_be_started_one_that_hangs_is_shown_and_ended() -> None:
    with with_threads(1) as program, peers.asking(program, "GET /stuck"):
        program.says("stuck")

        status, seconds = program.stopped()

    assert status == -signal.SIGALRM
    assert seconds < LIMIT_SECONDS
    assert "in stuck" in program.err


@another_user
def test_a_thread_that_goes_on_holds_nothing_up_where_no_other_can_be_started() -> None:
    with with_threads(2) as program, peers.asking(program, "GET /thread/60.0"):
        program.says("thread")

        status, seconds = program.stopped()

    assert status == 0
    assert seconds < LIMIT_SECONDS


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_one_that_hangs_is_ended_though_nobody_reads_what_it_says(kind: str) -> None:
    ours, its = os.pipe() if kind == "pipe" else map(socket.socket.detach, socket.socketpair())
    os.set_blocking(its, False)
    with suppress(BlockingIOError):
        while True:
            os.write(its, bytes(4096))
    os.set_blocking(its, True)
    try:
        with Program.running(*APP, stderr=its) as program, peers.asking(program, "GET /stuck"):
            program.says("stuck")

            status, seconds = program.stopped()
    finally:
        os.close(ours)
        os.close(its)

    assert status == -signal.SIGALRM
    assert seconds < LIMIT_SECONDS


def test_who_has_the_journals_socket_too_may_wait_at_it_again() -> None:
    ours, its = socket.socketpair()
    with ours, its, Program.running(*APP, stderr=its.fileno()) as program:
        program.answers()

        status, _ = program.stopped()

        assert os.get_blocking(its.fileno())
    assert status == 0
