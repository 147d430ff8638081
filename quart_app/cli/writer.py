"""Writes lines in a thread of its own: a terminal that is held, a pipe that nobody reads or a full
disk stops no event loop, no signal and no supervisor."""

from __future__ import annotations

import io
import os
import select
import threading
import time
from queue import SimpleQueue

# As many as a moment of trouble brings; more are counted, and the count is written.
MOST_WAITING = 10_000
# Lines that come meanwhile are written together.
PAUSE_SECONDS = 0.02
# Less than a process that ends has left.
LAST_WORDS_SECONDS = 0.1


class Writer:
    """Takes lines for a descriptor; waits only in `finish`, and raises nothing."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting: SimpleQueue[str | threading.Event] = SimpleQueue()
        self._dropped = 0
        self._counting = threading.RLock()  # what a signal interrupts may be just this
        self._is_mid_line = False
        self._is_threaded = self._start()
        # A child that goes on in this program, as multiprocessing's, has no thread but its own.
        os.register_at_fork(after_in_child=self._start_again)

    def write(self, line: str) -> None:
        """Have it written soon, unless too many wait already."""
        if not self._is_threaded:
            self._put([line])
        elif self._waiting.qsize() < MOST_WAITING:
            self._waiting.put(line)
        else:
            self._count_dropped(1)

    def finish(self) -> None:
        """Wait a moment for what has been taken to be written."""
        if self._is_threaded:
            written = threading.Event()
            self._waiting.put(written)
            written.wait(LAST_WORDS_SECONDS)

    def _start(self) -> bool:
        try:
            threading.Thread(target=self._run, name="log", daemon=True).start()
        except RuntimeError:
            return False  # this user has no more threads: slow lines are better than none
        return True

    def _start_again(self) -> None:
        self._waiting, self._counting = SimpleQueue(), threading.RLock()
        self._is_threaded = self._start()

    def _run(self) -> None:
        waiting = self._waiting
        while True:
            taken = [waiting.get()]
            while not waiting.empty():
                taken.append(waiting.get())
            self._put([line for line in taken if isinstance(line, str)])
            for word in taken:
                if isinstance(word, threading.Event):
                    word.set()
            time.sleep(PAUSE_SECONDS)

    def _put(self, lines: list[str]) -> None:
        with self._counting:
            dropped, self._dropped = self._dropped, 0
        if dropped:
            lines.append(f"{dropped} log lines were dropped: they were not taken in time")
        try:
            while lines:
                # Of several processes' writes to one pipe, those up to this size are never mixed.
                part, lines = _split(lines, most=select.PIPE_BUF)
                rest = b"\n" * self._is_mid_line + part
                while rest:
                    rest = rest[self._written(rest) :]
                    self._is_mid_line = bool(rest)
        except OSError:  # the disk is full, or nothing is left that reads
            self._count_dropped(max(1, len(lines)) + dropped)

    def _written(self, data: bytes) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:  # it was given to us so
            select.select((), (self._descriptor,), ())
            return 0

    def _count_dropped(self, number: int) -> None:
        with self._counting:
            self._dropped += number


def _split(lines: list[str], *, most: int) -> tuple[bytes, list[str]]:
    """As many of the first lines as fit, at least one; and the others."""
    part = b""
    for number, line in enumerate(lines):
        more = f"{line}\n".encode(errors="backslashreplace")
        if part and len(part) + len(more) > most:
            return part, lines[number:]
        part += more
    return part, []


class Lines(io.TextIOBase):
    """A standard stream by way of a writer, for all that prints to it past the logging."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, writer: Writer, descriptor: int) -> None:
        self._writer = writer
        self._descriptor = descriptor
        self._begun = ""

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._writer.write(line)
        return len(text)

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        return True
