"""The application with every kind of handler under two workers, which a test can make fail.

Arguments: how long it may take to stop, and other settings as JSON. A worker imports `release` from
the folder that the environment names, as new code would be.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module

from quart_app.cli import logs
from quart_app.server import Address, Inherited, run, supervise
from quart_app.settings import ObservingSettings, ServerSettings
from tests.server.programs.everything import app, say

WORKERS = 2


@app.get("/release")
async def release() -> str:
    return str(import_module("release").NUMBER)


@app.get("/pid")
async def pid() -> str:
    return str(os.getpid())


if __name__ == "__main__":
    seconds, others = sys.argv[1:]
    limits = {"WORKERS": WORKERS, "SHUTDOWN_TIMEOUT": float(seconds), **json.loads(others)}
    settings = ServerSettings.from_config(limits)
    worker = Inherited.taken()
    logs.set_up(ObservingSettings(), names_process=worker is not None)
    if worker is None:
        address = Address.of("127.0.0.1:0")
        sys.exit(supervise(address=address, settings=settings, started=say))
    sys.path.insert(0, os.environ["RELEASE"])
    import_module("release")
    sys.exit(run(app, address=worker, settings=settings, started=worker.serving))
