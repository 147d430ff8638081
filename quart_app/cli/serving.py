"""Serves the login pages in this process, alone or as one of several workers."""

from __future__ import annotations

from quart_app.app import create_app
from quart_app.cli import logs
from quart_app.cli.intent import Intent
from quart_app.cli.output import say
from quart_app.cli.places import place_of_sessions
from quart_app.cli.versions import own_version
from quart_app.server import Inherited, run
from quart_app.settings import ApplicationSettings, ServerSettings


def serve_here(intent: Intent, worker: Inherited | None) -> int:
    """Serve until told to stop; the exit status. Raises `ConfigurationError`."""
    until_started = logs.set_up(verbosity=intent.verbosity, names_process=worker is not None)
    app = create_app(intent.config)
    settings = ApplicationSettings.from_config(app.config)

    def started(url: str) -> None:
        until_started.is_over = True
        lines = [
            f"quart-app {own_version()} on {url} (Ctrl-C stops it)",
            f"sessions are kept {place_of_sessions(app)}",
        ]
        if "TRUSTED_HOSTS" in intent.config:
            hosts = ", ".join(settings.trusted_hosts)
            lines.append(f"answers to {hosts} only; QUART_TRUSTED_HOSTS names others")
        tell = say if worker is None else worker.serving
        tell(*lines)

    return run(
        app,
        address=worker or intent.address,
        settings=ServerSettings.from_config(app.config),
        started=started,
    )
