"""A browser for whatever application a test has made, while that one is being served."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from quart import Quart

from tests.web.asking import browser


@pytest.fixture
async def reader(app: Quart) -> AsyncIterator[httpx.AsyncClient]:
    """Goes where it is sent, as the tutorials' readers do."""
    async with app.test_app(), browser(app, follow_redirects=True) as reader:
        yield reader
