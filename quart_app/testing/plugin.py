"""Fixtures for pytest: `quart_clock`, and `quart_client` and `quart_signed_in` on your own `app`.

The names of plugins' fixtures are shared by all plugins, and the one loaded last wins: hence the
prefix, which leaves pytest-flask its `client`. None of them is used unless asked for, and one of
yours with the same name takes its place. They are plain functions, so that they work with
pytest-asyncio in both modes, and with none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

# At every start of pytest, whoever's tests it runs, this file is loaded: so it loads little itself.
if TYPE_CHECKING:
    from quart import Quart

    from quart_app.testing import Client, FakeClock


class SignedIn(Protocol):
    """What the fixture `quart_signed_in` is."""

    async def __call__(self, owner: object = None, /, **entries: Any) -> Client:
        """Another browser, in which somebody is signed in. Raises `SessionNotKept`."""


@pytest.fixture
def quart_clock() -> FakeClock:
    """A clock that stands still until the test turns it: for `Session(app, clock=quart_clock)`."""
    from quart_app.testing import FakeClock

    return FakeClock()


@pytest.fixture
def quart_client(app: Quart) -> Client:
    """A browser that visits the application, signed out."""
    from quart_app.testing import Client

    return Client(app)


@pytest.fixture
def quart_signed_in(app: Quart) -> SignedIn:
    """A browser with somebody signed in, for each call: `ada = await quart_signed_in("ada")`."""
    from quart_app.testing import signed_in_client

    async def signed_in(owner: object = None, /, **entries: Any) -> Client:
        return await signed_in_client(app, owner, **entries)

    return signed_in
