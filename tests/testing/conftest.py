"""An application that tells what it was sent, and a jar with a clock to turn."""

from __future__ import annotations

import pytest
from quart import Quart, redirect, request
from quart.typing import ResponseReturnValue

from quart_app.testing import CookieJar, FakeClock


@pytest.fixture
def jar(clock: FakeClock) -> CookieJar:
    return CookieJar(clock=clock)


@pytest.fixture
def app() -> Quart:
    app = Quart(__name__)

    @app.route("/echo", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def echo() -> ResponseReturnValue:
        return {
            "method": request.method,
            "url": request.url,
            "query": request.args.to_dict(flat=False),
            "headers": dict(request.headers),
            "cookies": request.cookies.to_dict(),
            "form": (await request.form).to_dict(flat=False),
            "json": await request.get_json(silent=True),
            "body": await request.get_data(as_text=True),
            "address": request.remote_addr,
        }

    @app.route("/cookie", methods=["GET", "POST"])
    async def cookie() -> ResponseReturnValue:
        return "", {"Set-Cookie": request.args["line"]}

    @app.route("/go", methods=["GET", "POST", "PUT"])
    async def go() -> ResponseReturnValue:
        return redirect(request.args["to"], int(request.args.get("status", 302)))

    return app
