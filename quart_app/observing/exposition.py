"""Answers Prometheus, in a thread: for one process, or for all workers of a supervisor, each of
which keeps its numbers in files of a folder that the supervisor reads."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from tempfile import TemporaryDirectory
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import REGISTRY, CollectorRegistry, Metric, make_wsgi_app, multiprocess
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.registry import Collector

from quart_app.errors import ConfigurationError

# prometheus-client's own: where it is set when the library is imported, numbers are kept in files.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# Of these, what a worker has counted stays true when it has ended.
_ADD_UP = ("counter", "histogram", "summary")
_PATIENCE_SECONDS = 5


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    timeout = _PATIENCE_SECONDS

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: it is asked every few seconds."""


class _Workers(Collector):
    """The numbers of all workers, also of those that have ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # The thread that answers does not see a worker's files while they are taken together.
        self._lock = threading.Lock()

    def collect(self) -> Iterable[Metric]:
        with self._lock:
            return list(multiprocess.MultiProcessCollector(None, str(self._folder)).collect())

    def ended(self, pid: int) -> None:
        """Add what this worker has counted to that of others that ended, and forget its gauges."""
        with self._lock:
            for file in self._folder.glob(f"*_{pid}.db"):
                kind = file.name.partition("_")[0]
                if kind in _ADD_UP:
                    self._add_up(file, self._folder / f"{kind}_ended.db")
                    file.unlink()
            multiprocess.mark_process_dead(pid, str(self._folder))

    def _add_up(self, file: Path, total: Path) -> None:
        into = MmapedDict(str(total))
        for key, value, timestamp, _ in MmapedDict.read_all_values_from_file(str(file)):
            into.write_value(key, into.read_value(key)[0] + value, timestamp)
        into.close()


@contextmanager
def for_workers(bind: str) -> Iterator[Callable[[int], None]]:
    """Answer there for all workers that are started from now on. What is yielded is to be told of
    each that has ended. Raises `ConfigurationError`."""
    with TemporaryDirectory(prefix="quart-app-metrics-") as folder:
        os.environ[FOLDER] = folder
        registry, workers = CollectorRegistry(), _Workers(Path(folder))
        registry.register(workers)
        with _answering(bind, registry):
            yield workers.ended


@contextmanager
def for_this_process(bind: str) -> Iterator[None]:
    """Answer there for this process, with what the application itself counts. Raises
    `ConfigurationError`."""
    with _answering(bind, REGISTRY):
        yield


@contextmanager
def _answering(bind: str, registry: CollectorRegistry) -> Iterator[None]:
    host, _, port = bind.rpartition(":")
    try:
        family, *_, address = socket.getaddrinfo(
            host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        kind = type("_ServerOfFamily", (_Server,), {"address_family": family})
        server = kind(address[:2], _Handler)
    except OSError as exc:
        raise ConfigurationError(
            f"metrics cannot be served on {bind} ({exc.strerror}): set METRICS_BIND to another "
            "address"
        ) from exc
    server.set_app(make_wsgi_app(registry))
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
