"""Between the processes of one machine, which keep their sessions in the same files."""

from __future__ import annotations

import asyncio
import logging
import socket
from pathlib import Path

from quart_app.live.bus.base import Back, Bus, Heard
from quart_app.live.bus.mailboxes import Mailboxes
from quart_app.live.messages import MOST_BYTES, Missed, pack
from quart_app.threads import NoThread, Threads

log = logging.getLogger(__name__)

MOST_PENDING = 1_000
HEARD_AT_ONCE = 64
CLOSING_SECONDS = 1.0
MISSED = pack(Missed())


class LocalBus(Bus):
    """Any number of processes, started together or apart. One thread sends, in order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads: Threads | None = None
        self._mailboxes: Mailboxes | None = None
        self._box: socket.socket | None = None
        self._name: str | None = None
        self._pending = 0
        self._has_lost = False
        self._opening: asyncio.Task[None] | None = None

    def listen(self, heard: Heard, back: Back) -> None:
        self._opening = asyncio.create_task(self._listen(heard, back))

    @property
    def is_crowded(self) -> bool:
        return self._pending >= MOST_PENDING // 2

    def send(self, packed: bytes) -> None:
        if self._pending >= MOST_PENDING:
            self._has_lost = True
            return
        self._pending += 1
        try:
            self._thread().submit(self._send, packed)
        except NoThread:
            self._pending -= 1
            self._has_lost = True

    async def close(self) -> None:
        if self._opening is not None:
            await self._opening
            self._opening = None
        if self._box is not None:
            asyncio.get_running_loop().remove_reader(self._box)
        threads, self._threads = self._threads, None
        if threads is None:
            return
        # What is to be sent is sent before.
        closing = asyncio.get_running_loop().run_in_executor(threads, self._close)
        await asyncio.wait([closing], timeout=CLOSING_SECONDS)
        threads.shutdown(wait=False)

    async def _listen(self, heard: Heard, back: Back) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._box = await loop.run_in_executor(self._thread(), self._open)
        except (OSError, NoThread) as exc:
            log.warning(
                "other processes are not heard, heartbeats have to do", extra={"reason": str(exc)}
            )
            return
        loop.add_reader(self._box, self._read, self._box, heard)
        back()

    def _read(self, box: socket.socket, heard: Heard) -> None:
        for _ in range(HEARD_AT_ONCE):
            try:
                packed = box.recv(MOST_BYTES + 1)
            except BlockingIOError:
                return
            heard(packed)

    def _thread(self) -> Threads:
        if self._threads is None:
            self._threads = Threads(1, thread_name_prefix="quart-app-live")
        return self._threads

    def _open(self) -> socket.socket:
        self._mailboxes = mailboxes = Mailboxes.made(self._folder)
        self._name, box = mailboxes.new_box()
        return box

    def _send(self, packed: bytes) -> None:
        self._pending -= 1
        has_lost, self._has_lost = self._has_lost, False
        try:
            for each in (MISSED, packed) if has_lost else (packed,):
                self._send_one(each)
        except OSError as exc:
            log.warning("other processes not told: %s", str(exc), extra={"reason": str(exc)})

    def _send_one(self, packed: bytes) -> None:
        if self._mailboxes is not None:
            self._mailboxes.send(packed, but_to=self._name, after_a_loss=MISSED)
            return
        try:
            with Mailboxes(self._folder) as mailboxes:
                mailboxes.send(packed, but_to=None, after_a_loss=MISSED)
        except FileNotFoundError:
            return  # no process has ever listened

    def _close(self) -> None:
        mailboxes, self._mailboxes = self._mailboxes, None
        box, self._box = self._box, None
        if mailboxes is not None:
            with mailboxes:
                mailboxes.remove(self._name or "")
        if box is not None:
            box.close()
