"""Which version of this package is at work."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def own_version() -> str:
    """The version of this package."""
    try:
        return version("quart-app")
    except PackageNotFoundError:
        # A checkout that runs in its own folder, not installed.
        with open(Path(__file__).parents[1] / "pyproject.toml", "rb") as file:
            return str(tomllib.load(file)["project"]["version"])
