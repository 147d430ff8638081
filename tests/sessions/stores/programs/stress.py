"""One process changes a record as fast as it can, and others read it without a lock.

    python -m tests.sessions.stores.programs.stress write|read DIRECTORY NOTES COUNT

The writer notes in a file, which all of them have in memory, the last change that was
acknowledged. The readers stop after the last one, and say how many reads they made.
Each says when it is ready, and the writer waits for a line.
"""

from __future__ import annotations

import asyncio
import mmap
import struct
import sys
from itertools import count as counting
from pathlib import Path

from quart_app.sessions.stores.filesystem.files import SessionFiles
from quart_app.sessions.stores.record import Record
from quart_app.testing.store_contract.samples import key_of
from tests.sessions.stores.programs.obeys import store_at

NAME = "shared"
KEY = key_of(NAME)
# Within the block of the headers, just past it, and far beyond, in both directions.
SIZES = (10, 900, 20, 3_700, 3_950, 4_096, 30, 9_000, 60_000, 1_800, 0, 12_000)


def fields_of(number: int) -> dict[str, bytes]:
    """What the record holds after this many changes."""
    return {"number": b"%d" % number, "load": bytes([number % 256]) * SIZES[number % len(SIZES)]}


class Notes:
    """A number that processes share; it is written in one piece."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)

    def __int__(self) -> int:
        (number,) = struct.unpack_from("=q", self._memory)
        return int(number)

    def note(self, number: int) -> None:
        struct.pack_into("=q", self._memory, 0, number)


def write(files: SessionFiles, notes: Notes, count: int) -> None:
    sys.stdin.readline()
    for number in range(1, count + 1):
        fields = fields_of(number)
        changed = files.change(KEY, lambda record, f=fields: record.patched(0, set=f))  # type: ignore[misc]
        assert changed is not None
        notes.note(number)


def judge(record: Record | None, at_least: int) -> None:
    """Raises if this is not one whole change, or one older than the reader could expect."""
    assert record is not None, "not there"
    number = int(record.fields["number"])
    assert number >= at_least, f"{number} after {at_least} was acknowledged"
    assert record.fields == fields_of(number), f"{number} in pieces"


async def read(files: SessionFiles, root: str, notes: Notes, count: int) -> int:
    store = store_at(root)
    for reads in counting():
        known = int(notes)
        # In turns from the file itself, and as an application does, from memory if possible.
        if reads % 2:
            found = files.read(KEY)
            record = found and found[0]
            judge(record if isinstance(record, Record) else None, known)
        else:
            judge(await store.load(KEY), known)
        if known == count:
            await store.close()
            return reads
    raise AssertionError


def main(action: str, root: str, notes: str, count: str) -> None:
    files = SessionFiles(Path(root), file_mode=0o600)
    shared = Notes(Path(notes))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    if action == "write":
        write(files, shared, int(count))
    else:
        sys.stdout.write(str(asyncio.run(read(files, root, shared, int(count)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
