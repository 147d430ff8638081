"""The application that the testing kit's examples test."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from quart import Quart, session, websocket

from quart_app import create_app, current_account, login_required
from quart_app.live import Live


@pytest.fixture
def app(tmp_path: Path) -> Quart:
    """The login pages, and some that the reader has added."""
    app = create_app({"DATA_DIR": tmp_path, "SESSION_TYPE": "memory", "HOME_PUBLIC": True})

    @app.post("/delete")
    @app.get("/data")
    @login_required
    async def own_page() -> str:
        return f"{current_account.name} {session.get('cart')}"

    @app.post("/delete-all")
    @login_required(within=timedelta(minutes=10))
    async def delete_all() -> str:
        return f"nothing of {current_account.name}"

    @app.get("/search")
    @app.post("/photos")
    async def public_page() -> str:
        return "for everybody"

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
