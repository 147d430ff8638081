"""What a room offers can be seen and is there, under the names that the pages say."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from tests.readme import PAGES, code_blocks

ROOMS = (
    *("quart_app", "quart_app.sessions", "quart_app.login", "quart_app.web"),
    *("quart_app.live", "quart_app.testing"),
)
_IMPORT = re.compile(r"^from (quart_app[\w.]*) import (.+?)(?:\s*#.*)?$", re.MULTILINE)
IMPORTED = sorted(
    {
        (room, name.strip())
        for page in PAGES
        for block in code_blocks(page.read_text(), "python")
        for room, names in _IMPORT.findall(block)
        for name in names.split(",")
    }
)


@pytest.mark.parametrize("room", ROOMS)
def test_dir_shows_what_there_is_and_nothing_else(room: str) -> None:
    module = import_module(room)

    assert dir(module) == sorted(module.__all__)
    assert [name for name in dir(module) if not hasattr(module, name)] == []


@pytest.mark.parametrize(("room", "name"), IMPORTED)
def test_what_the_pages_import_is_offered_there(room: str, name: str) -> None:
    module = import_module(room)

    assert hasattr(module, name)
    assert name in getattr(module, "__all__", [name])


def test_there_is_something_to_import() -> None:
    assert {room for room, _ in IMPORTED} >= {*ROOMS} - {"quart_app.login", "quart_app.web"}
