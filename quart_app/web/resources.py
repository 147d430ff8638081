"""Where templates, styles and catalogues lie: beside the package in a checkout, inside it once
installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def folder(name: str) -> Path:
    """The folder of this name."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
