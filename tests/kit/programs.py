"""Programs that tests need beside Python, and that may not be here."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

# Where `tests/run` has put everything else that only tests need.
NODE_MODULES = Path(sys.prefix) / "node_modules"


def missing(what: str) -> NoReturn:
    """Skip the test, but not in CI, where everything has to be there."""
    skip = pytest.fail if os.environ.get("CI") else pytest.skip
    skip(what)


def found(*names: str) -> str | None:
    """Where the first of these programs is that is here."""
    # Some of Debian's are where only root looks. An environment that is activated comes last: a
    # package in it brings the oldest Redis under the usual name.
    own = str(Path(sys.prefix, "bin"))
    places = [place for place in os.environ["PATH"].split(":") if place != own]
    path = ":".join([*places, "/usr/sbin", own])
    return next(filter(None, (shutil.which(name, path=path) for name in names)), None)


def needed(*names: str, package: str) -> str:
    """The same; a test that needs it is missing it if there is none."""
    return found(*names) or missing(f"no {names[0]} here: apt-get install {package}")


def file_of_npm(package: str, name: str) -> str:
    """What is in a file of a package; a test that needs it is missing it if there is none."""
    file = NODE_MODULES / package / name
    if not file.exists():
        missing(f"no {package} here: npm install --prefix {NODE_MODULES.parent} {package}")
    return file.read_text()
