"""`python -m tests.bench.apps.on_ours MODULE PORT` serves that module's `app` with our server."""

from __future__ import annotations

import importlib
import sys

from quart_app.server import Address, run
from quart_app.settings import ServerSettings

if __name__ == "__main__":
    module, port = sys.argv[1:]
    sys.exit(
        run(
            importlib.import_module(module).app,
            address=Address.of(f"127.0.0.1:{port}"),
            settings=ServerSettings(),
            started=lambda _: None,
        )
    )
