"""Serves an application in this process, alone or as one of several workers."""

from __future__ import annotations

from quart import Quart

from quart_app import __version__
from quart_app.cli.in_force import of_no_effect
from quart_app.cli.intent import Intent
from quart_app.cli.logs import Log
from quart_app.cli.observed import observed
from quart_app.cli.output import say
from quart_app.cli.places import places
from quart_app.cli.target import application, require_shared_sessions
from quart_app.server import Inherited, run


def serve_here(intent: Intent, worker: Inherited | None, lines: Log) -> int:
    """Serve until told to stop; the exit status. Raises `ConfigurationError`."""
    app = application(intent)
    require_shared_sessions(app, intent)
    missed = of_no_effect(intent, app)

    def started(url: str) -> None:
        lines.until_started.is_over = True
        told = [f"quart-app {__version__} on {url} (Ctrl-C stops it)"]
        told += missed
        if isinstance(app, Quart):
            told += places(app)
        if intent.target is None and "TRUSTED_HOSTS" in intent.implied:
            hosts = ", ".join(intent.implied["TRUSTED_HOSTS"])
            told.append(f"answers to {hosts} only; QUART_TRUSTED_HOSTS names others")
        tell = say if worker is None else worker.serving
        tell(*told)

    with observed(app, intent, lines, is_worker=worker is not None) as (served, watch):
        return run(
            served,
            address=worker or intent.address,
            settings=intent.server,
            started=started,
            observed=watch,
        )
