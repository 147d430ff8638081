"""The file of one record: two headers, each pointing at a checksummed payload.

A write puts the payload where it does not touch the current one, then the header over the older
header. Killed at any point, the file holds the old record or the new one. Nothing is renamed, so
writing into a file that a sign-out has unlinked meanwhile brings nothing back, and a small record
changes within the disk block it has: that works on a full disk too.
"""

from __future__ import annotations

import os
import struct
import time
from contextlib import suppress
from dataclasses import dataclass
from zlib import crc32

MAGIC = b"QAS1"
ANY_VERSION = b"QAS"
_HEADER = struct.Struct("<4sQIIId")  # magic, version, offset, length, checksum, kept_until
_CHECKSUM = struct.Struct("<I")
_HEADER_SPACE = 64
_DATA_START = 2 * _HEADER_SPACE
_BLOCK = 4096  # one read gets both headers and, mostly, the payload
_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Slot:
    """One valid header: which version of the record it is and where its payload lies."""

    index: int
    version: int
    offset: int
    length: int
    checksum: int
    kept_until: float


class Damaged(ValueError):
    """The file holds no whole record."""


class FromNewerVersion(Damaged):
    """The file was written by a later format than this one."""


def newest_header(fd: int) -> Slot:
    """What can be known of a record without reading it. Raises `Damaged`."""
    return _slots(os.pread(fd, _DATA_START, 0))[0]


def read(fd: int) -> tuple[Slot, bytes] | None:
    """The current payload, without a lock; `None` if writers kept overtaking this reader, or the
    file is damaged: under the lock `read_locked` can tell which."""
    for _ in range(_ATTEMPTS):
        block = os.pread(fd, _BLOCK, 0)
        with suppress(Damaged):
            # Only the newest will do: the older one may be older than another request's answer.
            newest = _slots(block)[0]
            if (payload := _payload(fd, newest, block)) is not None:
                return newest, payload
    return None


def read_locked(fd: int) -> tuple[Slot, bytes]:
    """The current payload, by a caller who holds the lock; the one before if a power cut took the
    newest. Raises `Damaged`."""
    block = os.pread(fd, _BLOCK, 0)
    for slot in _slots(block):
        if (payload := _payload(fd, slot, block)) is not None:
            return slot, payload
    raise Damaged("no payload is whole")


def write(fd: int, payload: bytes, *, after: Slot | None, kept_until: float) -> int:
    """Make this the current payload, by a caller who holds the lock; its version."""
    if after is None:
        index, version, offset = 0, time.time_ns(), _DATA_START
    else:
        index = 1 - after.index
        version = max(after.version + 1, time.time_ns())
        fits_before = _DATA_START + len(payload) <= after.offset
        offset = _DATA_START if fits_before else after.offset + after.length
    packed = _HEADER.pack(MAGIC, version, offset, len(payload), crc32(payload), kept_until)
    header = packed + _CHECKSUM.pack(crc32(packed))
    if after is None:  # and no browser has the token yet, should this be cut short
        _write_all(fd, header.ljust(_DATA_START, b"\0") + payload, 0)
    else:
        _write_all(fd, payload, offset)
        _write_all(fd, header, index * _HEADER_SPACE)
    # The version is the file's time of change too, so that one `stat` tells whether a copy in
    # memory is current. The kernel's own time would not do: it ticks only every few milliseconds.
    os.utime(fd, ns=(version, version))
    return version


def _slots(block: bytes) -> list[Slot]:
    """The valid headers, newest first; at least one. Raises `Damaged`."""
    found = [slot for index in (0, 1) if (slot := _slot(block, index)) is not None]
    if not found:
        if block.startswith(ANY_VERSION) and not block.startswith(MAGIC):
            raise FromNewerVersion("written by a newer version")
        raise Damaged("no header is whole")
    return sorted(found, key=lambda slot: slot.version, reverse=True)


def _slot(block: bytes, index: int) -> Slot | None:
    start = index * _HEADER_SPACE
    packed = block[start : start + _HEADER.size]
    tail = block[start + _HEADER.size : start + _HEADER.size + _CHECKSUM.size]
    if not packed.startswith(MAGIC) or tail != _CHECKSUM.pack(crc32(packed)):
        return None
    _, version, offset, length, checksum, kept_until = _HEADER.unpack(packed)
    return Slot(index, version, offset, length, checksum, kept_until)


def _payload(fd: int, slot: Slot, block: bytes) -> bytes | None:
    end = slot.offset + slot.length
    if end <= len(block):
        payload = block[slot.offset : end]
    else:
        payload = os.pread(fd, slot.length, slot.offset)
    return payload if crc32(payload) == slot.checksum else None


def _write_all(fd: int, data: bytes, offset: int) -> None:
    # A disk that fills up takes a part and refuses the rest only at the next call.
    while data:
        written = os.pwrite(fd, data, offset)
        data, offset = data[written:], offset + written
