"""Where templates, styles and catalogues lie: beside the package in a checkout, inside it once
installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def _folder(name: str) -> Path:
    """The folder of this name."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


# Asked for now, or the first application that is made would be waiting for the disk.
STATIC, TEMPLATES, LOCALES = map(_folder, ("static", "templates", "locales"))
