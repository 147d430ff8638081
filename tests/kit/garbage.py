"""What only the garbage collector would remove."""

from __future__ import annotations

import gc


def left_of(*packages: str) -> list[str]:
    """The kinds of their objects that hold each other, and that nothing else holds, since gc was
    disabled."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    names = {f"{type(each).__module__}.{type(each).__name__}" for each in gc.garbage}
    gc.garbage.clear()
    gc.set_debug(0)
    beginnings = tuple(f"{package}." for package in packages)
    return sorted(name for name in names if name.startswith(beginnings))
