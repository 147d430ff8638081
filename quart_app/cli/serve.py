"""`quart-app serve`: in this process, or with several workers under a supervisor.

The application is not imported here: a supervisor needs none, and each worker brings in its own.
"""

from __future__ import annotations

import argparse

from quart_app.cli import logs
from quart_app.cli.intent import Intent
from quart_app.cli.output import say
from quart_app.errors import ConfigurationError
from quart_app.server import Inherited, supervise
from quart_app.settings import ServerSettings

CANNOT_START = 1


def serve(asked: argparse.Namespace) -> int:
    """Serve until told to stop; the exit status. Raises `ConfigurationError`."""
    worker = Inherited.taken()
    if worker is None:
        intent = Intent.of(asked)
        intent.require_open()
        intent.require_shared_sessions()
        settings = ServerSettings.from_config({**intent.environment, **intent.config})
        is_alone = settings.workers == 1 and not settings.supervised
        return _serve(intent) if is_alone else _supervise(intent, settings)
    try:
        return _serve(Intent.of(asked, address=worker.address), worker)
    except ConfigurationError as exc:
        worker.failed(str(exc))
        return CANNOT_START


def _serve(intent: Intent, worker: Inherited | None = None) -> int:
    from quart_app.cli.serving import serve_here

    return serve_here(intent, worker)


def _supervise(intent: Intent, settings: ServerSettings) -> int:
    logs.set_up(verbosity=intent.verbosity)

    def started(*lines: str) -> None:
        count = settings.workers
        shared = "workers share it (SIGHUP replaces them one by one)"
        say(*lines, f"{count} {shared}" if count > 1 else "supervised (SIGHUP replaces its worker)")

    return supervise(address=intent.address, settings=settings, started=started)
