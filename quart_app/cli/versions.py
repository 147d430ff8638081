"""Which versions are at work."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

from quart_app import __version__


def all_versions() -> str:
    """The versions that a report of a problem should name."""
    python = ".".join(map(str, sys.version_info[:3]))
    libraries = ", ".join(f"{name} {version(name)}" for name in ("quart", "hypercorn"))
    return f"quart-app {__version__}, Python {python}, {libraries}, {_event_loop()}"


def _event_loop() -> str:
    try:
        return f"uvloop {version('uvloop')}"
    except PackageNotFoundError:
        return "without uvloop"
