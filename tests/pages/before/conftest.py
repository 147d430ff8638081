"""The application that the testing kit's examples test."""

from __future__ import annotations

from pathlib import Path

import pytest
from quart import Quart, request, session, websocket

from quart_app import create_app, current_account, login_required
from quart_app.live import Live
from quart_app.origin import refuse_cross_site


@pytest.fixture
def app(tmp_path: Path) -> Quart:
    """The login pages, and some that the reader has added."""
    app = create_app({"DATA_DIR": tmp_path, "SESSION_TYPE": "memory", "HOME_PUBLIC": True})

    @app.post("/delete")
    @app.get("/data")
    @app.get("/search")
    @app.post("/photos")
    async def own_page() -> str:
        refuse_cross_site(request)
        return f"{current_account.name} {session.get('cart')}"

    @app.delete("/photos/<int:number>")
    @login_required
    async def delete(number: int) -> tuple[str, int]:
        return "", 204

    @app.get("/broken")
    async def broken() -> str:
        raise KeyError("of course")

    @app.websocket("/chat")
    async def chat() -> None:
        while (said := await websocket.receive()) != "bye":
            await websocket.send(f"{current_account.name}: {said!s}")
        await websocket.close(4001)

    return app


@pytest.fixture
def live(app: Quart) -> Live:
    """What tells its open pages."""
    found = app.extensions["quart_app.live"]
    assert isinstance(found, Live)
    return found
