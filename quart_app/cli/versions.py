"""Which versions are at work."""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def own_version() -> str:
    """The version of this package."""
    try:
        return version("quart-app")
    except PackageNotFoundError:
        # A checkout that runs in its own folder, not installed.
        with open(Path(__file__).parents[2] / "pyproject.toml", "rb") as file:
            return str(tomllib.load(file)["project"]["version"])


def all_versions() -> str:
    """The versions that a report of a problem should name."""
    python = ".".join(map(str, sys.version_info[:3]))
    libraries = ", ".join(f"{name} {version(name)}" for name in ("quart", "hypercorn"))
    return f"quart-app {own_version()}, Python {python}, {libraries}, {_event_loop()}"


def _event_loop() -> str:
    try:
        return f"uvloop {version('uvloop')}"
    except PackageNotFoundError:
        return "without uvloop"
