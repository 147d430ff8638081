"""What processes take: memory, descriptors, time of a core."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_IN_A_PROCESS = re.compile(r"^(?:Pss|SwapPss): +(\d+) kB$", re.MULTILINE)
_FORGET_THE_PEAK = "5"
_IN_SLABS = re.compile(r"^Slab: +(\d+) kB$", re.MULTILINE)


def memory_of(pid: int) -> int:
    """Bytes of this process and of all that it has started; pages they share count once, and what
    is swapped out counts too."""
    return sum(
        int(size) * 1024
        for each in with_children(pid)
        for size in _IN_A_PROCESS.findall((_PROC / str(each) / "smaps_rollup").read_text())
    )


def resident_of(pid: int) -> int:
    """Bytes of memory that this process and all that it has started have at hand; from here on,
    the most that they have counts for `peak_of`."""
    for each in with_children(pid):
        (_PROC / str(each) / "clear_refs").write_text(_FORGET_THE_PEAK)
    return _status_of(pid, "VmRSS")


def peak_of(pid: int) -> int:
    """The most that they had at hand since, taken together."""
    return _status_of(pid, "VmHWM")


def memory_of_kernel() -> int:
    """Bytes that the kernel keeps for small objects.

    An idle connection is nothing else to it: a socket, a file, an inode, a place in an epoll. What
    /proc/net/sockstat counts are buffers, of which an idle connection has none. As client and
    server run on one machine, both ends are in this number.
    """
    found = _IN_SLABS.search((_PROC / "meminfo").read_text())
    assert found is not None
    return int(found[1]) * 1024


def descriptors_of(pid: int) -> int:
    """Of this process and of all that it has started."""
    return sum(len(list((_PROC / str(each) / "fd").iterdir())) for each in with_children(pid))


def sockets_of(pid: int) -> int:
    """How many of these descriptors are connections, or listen."""
    count = 0
    for each in with_children(pid):
        for descriptor in (_PROC / str(each) / "fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                count += os.readlink(descriptor).startswith("socket:")
    return count


def cpu_seconds_of(pid: int) -> float:
    """Of this process and of all that it has started."""
    ticks = 0
    for each in with_children(pid):
        fields = (_PROC / str(each) / "stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def with_children(pid: int) -> Iterator[int]:
    """It, and all below it."""
    yield pid
    for task in (_PROC / str(pid) / "task").iterdir():
        for child in (task / "children").read_text().split():
            yield from with_children(int(child))


def _status_of(pid: int, name: str) -> int:
    lines = (
        line.split()
        for each in with_children(pid)
        for line in (_PROC / str(each) / "status").read_text().splitlines()
    )
    return sum(int(words[1]) * 1024 for words in lines if words[0] == f"{name}:")
