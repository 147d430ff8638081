"""Limits of time that a busy machine must not decide still are limits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from tests.undisturbed import Undisturbed

WAITED_SECONDS, STOPPED_SECONDS = 0.3, 0.6
STOPS = """
import os, signal, time
from tests.undisturbed import Undisturbed
with Undisturbed() as took:
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGSTOP)
print(took.seconds)
"""


def test_what_is_waited_for_counts() -> None:
    with Undisturbed() as took:
        time.sleep(WAITED_SECONDS)

    assert took.seconds > WAITED_SECONDS / 10  # the rest may have been withheld


def test_what_a_stopped_process_misses_does_not() -> None:
    command = [sys.executable, "-c", STOPS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        time.sleep(STOPPED_SECONDS)
        process.send_signal(signal.SIGCONT)
        seconds = float(process.stdout.read())

    assert seconds < STOPPED_SECONDS / 2
