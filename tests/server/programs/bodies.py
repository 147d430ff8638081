"""The login pages, and one that waits for a whole body, whoever sends it."""

from __future__ import annotations

from quart import request

from quart_app import create_app
from quart_app.server import Address, run
from quart_app.settings import ServerSettings

app = create_app()


@app.post("/body")
async def body() -> str:
    return str(len(await request.get_data()))


def started(url: str) -> None:
    print(url, flush=True)  # noqa: T201 - the test waits for it


if __name__ == "__main__":
    run(app, address=Address.of("127.0.0.1:0"), settings=ServerSettings(), started=started)
