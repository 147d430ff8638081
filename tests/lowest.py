"""Prints the lowest versions that pyproject.toml promises to work with, as constraints for pip."""

from __future__ import annotations

import re
import sys
import tomllib
from itertools import chain
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
extras = chain.from_iterable(project["optional-dependencies"].values())
for requirement in (*project["dependencies"], *extras):
    lowest = re.fullmatch(r"([\w-]+)(?:\[.*\])?>=([\d.]+).*", requirement)
    assert lowest, f"{requirement} has no lower bound"
    sys.stdout.write(f"{lowest[1]}=={lowest[2]}\n")
