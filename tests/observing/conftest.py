"""The login pages below the layer that reports on them, in the test's own process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from quart import Quart

from quart_app import create_app
from quart_app.forwarded import Proxies
from quart_app.observing import events as room
from quart_app.observing.events import FewOfAKind, log_events
from quart_app.observing.layer import Layer, Seen
from quart_app.settings import ApplicationSettings
from tests.web.asking import browser

PROXY = "127.0.0.1"  # as which the client of these tests comes


@pytest.fixture
def seen() -> list[Seen]:
    """The requests that came, in order."""
    return []


@pytest.fixture
def app(tmp_path: Path) -> Quart:
    """The pages, behind a proxy that is one of theirs."""
    config = {"DATA_DIR": tmp_path, "TRUSTED_PROXIES": PROXY, "TRUSTED_HOSTS": "localhost"}
    return create_app({**config, "SESSION_TYPE": "memory"})


@pytest.fixture
def layer(app: Quart, seen: list[Seen]) -> Layer:
    proxies = Proxies(ApplicationSettings.from_config(app.config).trusted_proxies)
    return Layer(app, proxies=proxies, reports=[seen.append])


@pytest.fixture
async def visitor(layer: Layer) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in."""
    async with browser(layer) as visitor:
        yield visitor


@pytest.fixture
def events(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> pytest.LogCaptureFixture:
    """Those of this test only, as many as there are in a minute."""
    monkeypatch.setattr(room, "few", FewOfAKind())
    log_events()
    return caplog
