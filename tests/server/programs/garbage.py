"""An application that says what only the garbage collector would remove."""

from __future__ import annotations

import gc
from typing import Any

from quart_app.server import Address, run
from quart_app.settings import ServerSettings
from tests.kit.garbage import left_of


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Says so to everybody."""
    if scope["type"] == "lifespan":
        for answer in ("lifespan.startup.complete", "lifespan.shutdown.complete"):
            await receive()
            await send({"type": answer})
        return
    body = " ".join(left_of("quart_app", "hypercorn", "h11")).encode()
    head = {"type": "http.response.start", "status": 200}
    await send({**head, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


def started(url: str) -> None:
    """Nothing is to be collected but when it is counted."""
    gc.disable()
    print(url, flush=True)  # noqa: T201 - the test waits for it


if __name__ == "__main__":
    address = Address.of("127.0.0.1:0")
    run(app, address=address, settings=ServerSettings(), started=started)
