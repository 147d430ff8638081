"""What it costs a signed-in page that each request is logged, or measured: in instructions, which
do not depend on what else the machine does.

    valgrind --tool=callgrind --callgrind-out-file=/dev/null python -m tests.bench.observing KIND N

says how many a process takes for N pages; what two runs with different N differ by is the pages
alone. KIND is `plain`, `access` or `metrics`; the last also with PROMETHEUS_MULTIPROC_DIR, as in
a worker.
"""

from __future__ import annotations

import asyncio
import os
import sys
from tempfile import TemporaryDirectory
from typing import Any

from quart_app import create_app
from quart_app.cli.writer import Writer
from quart_app.forwarded import Proxies
from quart_app.observing.access_log import AccessLog
from quart_app.observing.layer import Layer, name_routes
from quart_app.scope import App, Message, Scope
from quart_app.testing import signed_in_client
from tests.kit.scopes import scope


def observed(app: Any, kind: str) -> App:
    """The application with what reports on it."""
    if kind == "access":
        writer = Writer(os.open(os.devnull, os.O_WRONLY))
        report = AccessLog(writer.write, in_json=False).report
    elif kind == "metrics":
        from quart_app.observing.metrics import Metrics

        metrics = Metrics()
        metrics.listen()
        name_routes(app)
        report = metrics.report
    else:
        return app  # type: ignore[no-any-return]
    return Layer(app, proxies=Proxies(()), reports=[report])


async def ask(app: App, times: int, asked: Scope) -> None:
    """Have it answer so often."""

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        assert message.get("status", 200) == 200

    for _ in range(times):
        await app({**asked, "extensions": {}}, receive, send)


async def main(kind: str, times: int) -> None:
    with TemporaryDirectory() as folder:
        app = create_app({"DATA_DIR": folder})
        served = observed(app, kind)
        ada = await signed_in_client(app, "ada")
        cookie = "; ".join(f"{each.name}={each.value}" for each in ada.cookies)
        asked = scope(headers={"cookie": cookie})
        await app.startup()
        await ask(served, times, asked)
        await app.shutdown()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
