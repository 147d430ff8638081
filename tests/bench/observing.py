"""What it costs a signed-in page that each request is logged, or measured, or that `Login` stands
about the application: in instructions, which do not depend on what else the machine does. Needs
valgrind."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Any

from quart import Quart

from quart_app import create_app
from quart_app.cli import writer as writer_room
from quart_app.cli.writer import Writer
from quart_app.forwarded import Proxies
from quart_app.observing.access_log import AccessLog
from quart_app.observing.layer import Layer, name_routes
from quart_app.scope import App, Message, Scope
from quart_app.testing import signed_in_client
from tests.bench.apps import own_page
from tests.bench.table import table
from tests.kit.scopes import scope

WARM_UP, PAGES = 50, 200
KINDS = {
    "nothing": "plain",
    "access log": "access",
    "metrics": "metrics",
    "metrics of a worker": "metrics",
    "an own page with sessions": "sessions",
    "the same with Login and a check": "login",
}
VALGRIND = (
    *("valgrind", "--tool=callgrind", "--instr-atstart=no"),
    "--callgrind-out-file=/dev/null",
)


def observed(app: Any, kind: str) -> App:
    """The application with what reports on it."""
    if kind == "access":
        # Valgrind makes all some fifty times slower, but the pauses in which lines are collected.
        writer_room.PAUSE_SECONDS *= 50
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


def made(kind: str, folder: str) -> Quart:
    """The application whose page is asked for."""
    os.environ["QUART_DATA_DIR"] = folder
    match kind:
        case "sessions":
            return own_page.with_sessions()
        case "login":
            return own_page.with_login()
    return create_app()


async def ask(app: App, times: int, asked: Scope) -> None:
    """Have it answer so often."""
    brought: list[Message] = []

    async def receive() -> Message:
        if not brought:
            await asyncio.Event().wait()  # whoever asks stays until there is an answer
        return brought.pop()

    async def send(message: Message) -> None:
        assert message.get("status", 200) == 200

    for _ in range(times):
        brought[:] = [{"type": "http.request", "body": b"", "more_body": False}]
        await app({**asked, "extensions": {}}, receive, send)


async def serve(kind: str, pages: int) -> None:
    """In a process that valgrind looks at from the moment that it is told to."""
    with TemporaryDirectory() as folder:
        app = made(kind, folder)
        served = observed(app, kind)
        ada = await signed_in_client(app, "ada")
        cookie = "; ".join(f"{each.name}={each.value}" for each in ada.cookies)
        asked = scope(headers={"cookie": cookie})
        await app.startup()
        await ask(served, WARM_UP, asked)
        _count("on")
        await ask(served, pages, asked)
        _count("off")
        await app.shutdown()


def _count(switch: str) -> None:
    subprocess.run(
        ["callgrind_control", "-i", switch, str(os.getpid())], check=True, capture_output=True
    )


async def run() -> None:
    """Count for each kind, and print."""
    # Switching the count on and off is counted too.
    around = await asyncio.to_thread(_instructions, "nothing", pages=0)
    rows, plain = [], 0
    for name in KINDS:
        counted = await asyncio.to_thread(_instructions, name, pages=PAGES)
        each = (counted - around) // PAGES
        if name in ("nothing", "an own page with sessions"):
            plain = each
        rows.append([name, f"{each:,}", f"{each / plain - 1:+.1%}"])
    table("A signed-in page", ["with", "instructions", ""], rows)


def _instructions(name: str, *, pages: int) -> int:
    with TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        if "worker" in name:
            environment["PROMETHEUS_MULTIPROC_DIR"] = folder
        words = (sys.executable, "-m", "tests.bench.observing", KINDS[name], str(pages))
        said = subprocess.run(
            [*VALGRIND, *words], env=environment, capture_output=True, check=True, text=True
        )
    (collected,) = re.findall(r"Collected : (\d+)", said.stderr)
    return int(collected)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])) if len(sys.argv) > 1 else run())
