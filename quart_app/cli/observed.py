"""What `serve` puts about an application so that its operator sees what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from quart import Quart

from quart_app.cli.intent import Intent
from quart_app.cli.logs import Log
from quart_app.errors import ConfigurationError
from quart_app.forwarded import Proxies
from quart_app.observing.access_log import AccessLog
from quart_app.observing.events import log_events
from quart_app.observing.layer import Layer, Seen, name_routes
from quart_app.scope import App
from quart_app.server import Front
from quart_app.settings import ApplicationSettings
from quart_app.settings.observing import JSON, OFF, TEXT

if TYPE_CHECKING:
    from quart_app.observing.metrics import Metrics


def address_of_metrics(intent: Intent) -> str | None:
    """Where metrics are to be fetched, or `None`. Raises `ConfigurationError`."""
    if (bind := intent.observing.metrics_bind) is None:
        return None
    if bind in intent.server.bind:
        raise ConfigurationError(
            f"METRICS_BIND is {bind}, the address of the site: choose another port"
        )
    if find_spec("prometheus_client") is None:
        raise ConfigurationError(
            "METRICS_BIND needs prometheus-client: run pip install 'quart-app[metrics]'"
        )
    return bind


@contextmanager
def for_workers(intent: Intent) -> Iterator[Callable[[int], None]]:
    """Answer for their metrics; what is yielded is to be told of each worker that has ended. Raises
    `ConfigurationError`."""
    if (bind := address_of_metrics(intent)) is None:
        yield lambda _pid: None
        return
    from quart_app.observing.exposition import for_workers

    with for_workers(bind) as ended:
        yield ended


@contextmanager
def observed(
    app: App, intent: Intent, log: Log, *, is_worker: bool
) -> Iterator[tuple[App, Callable[[Front], None]]]:
    """The application with what reports on it, and what is to be told of the server's front. Raises
    `ConfigurationError`."""
    log_events()
    bind = address_of_metrics(intent)
    if bind is None:
        yield _layered(app, intent, log, None), lambda _front: None
        return
    from quart_app.observing.exposition import for_this_process
    from quart_app.observing.metrics import Metrics
    from quart_app.observing.pulse import Pulse

    metrics = Metrics()
    metrics.listen()
    with nullcontext() if is_worker else for_this_process(bind):
        yield _layered(app, intent, log, metrics), partial(Pulse.begin, metrics)


def _layered(app: App, intent: Intent, log: Log, metrics: Metrics | None) -> App:
    # Only here: a supervisor needs no application.
    from quart_app.cli.in_force import config_in_force

    reports: list[Callable[[Seen], None]] = []
    kind = intent.observing.access_log or (TEXT if log.is_terminal else OFF)
    if kind != OFF and log.writer is not None:
        reports.append(AccessLog(log.writer.write, in_json=kind == JSON).report)
    if metrics is not None:
        reports.append(metrics.report)
        if isinstance(app, Quart):
            name_routes(app)
    if not reports:
        return app
    settings = ApplicationSettings.from_config(config_in_force(intent, app))
    proxies = Proxies(settings.trusted_proxies)
    return Layer(app, proxies=proxies, reports=reports)
