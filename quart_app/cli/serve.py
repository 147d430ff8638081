"""`quart-app serve`: in this process, or with several workers under a supervisor.

The application is not imported here: a supervisor needs none, and each worker brings in its own.
"""

from __future__ import annotations

import logging

from quart_app.cli import logs
from quart_app.cli.intent import Asked, Intent
from quart_app.cli.observed import for_workers
from quart_app.cli.output import say
from quart_app.errors import ConfigurationError
from quart_app.server import Inherited, supervise
from quart_app.settings.names import no_setting

CANNOT_START = 1

log = logging.getLogger(__name__)


def serve(asked: Asked) -> int:
    """Serve until told to stop; the exit status. Raises `ConfigurationError`."""
    worker = Inherited.taken()
    if worker is None:
        intent = Intent.of(asked)
        intent.require_open()
        settings = intent.server
        is_alone = settings.workers == 1 and not settings.supervised
        return _serve(intent) if is_alone else _supervise(intent)
    try:
        return _serve(Intent.of(asked, address=worker.address), worker)
    except ConfigurationError as exc:
        worker.failed(str(exc))
        return CANNOT_START


def _serve(intent: Intent, worker: Inherited | None = None) -> int:
    lines = logs.set_up(intent.observing, names_process=worker is not None)
    if worker is None:
        _tell_of_unknown(intent)
    from quart_app.cli.serving import serve_here

    return serve_here(intent, worker, lines)


def _supervise(intent: Intent) -> int:
    logs.set_up(intent.observing)
    _tell_of_unknown(intent)
    settings = intent.server

    def started(*lines: str) -> None:
        count = settings.workers
        shared = "workers share it (SIGHUP replaces them one by one)"
        say(*lines, f"{count} {shared}" if count > 1 else "supervised (SIGHUP replaces its worker)")

    with for_workers(intent) as ended:
        return supervise(address=intent.address, settings=settings, started=started, ended=ended)


def _tell_of_unknown(intent: Intent) -> None:
    for name, meant in intent.unknown_names.items():
        log.warning(no_setting(f"QUART_{name}", meant and f"QUART_{meant}"))
