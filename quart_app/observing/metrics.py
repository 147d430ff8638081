"""What is counted and measured, for Prometheus; imported only where METRICS_BIND is set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from blinker import Signal
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from quart_app.login.signals import sign_in_refused, signed_in, signed_out
from quart_app.observing.layer import Seen
from quart_app.signals import (
    connection_refused,
    cross_site_refused,
    host_refused,
    record_ended,
    record_made,
    store_called,
    store_found,
    store_lost,
)

# In seconds: a page of ours, a page that asks a slow store, what somebody waits for.
_REQUEST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_STORE = (0.0001, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.1, 0.5)
_LAG = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
# Answered before the application, so that no rule is known.
_FIXED = frozenset({"/healthz", "/readyz"})
OTHER = "other"
SPACE = "quart_app"
Mode = Literal["livesum", "livemax"]


class Metrics:
    """Counts what it is told, in this process. Labels are few: rules and not paths, states and
    reasons and not names."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        def count(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(name, meaning, labels, namespace=SPACE, registry=registry)

        def measure(name: str, meaning: str, *labels: str, buckets: Sequence[float]) -> Histogram:
            return Histogram(
                name, meaning, labels, namespace=SPACE, registry=registry, buckets=buckets
            )

        def gauge(name: str, meaning: str, *labels: str, mode: Mode) -> Gauge:
            return Gauge(
                name, meaning, labels, namespace=SPACE, registry=registry, multiprocess_mode=mode
            )

        self._requests = measure(
            "request_seconds", "Requests, by rule and status.", "route", "status", buckets=_REQUEST
        )
        self._known: dict[tuple[str, int | None], Callable[[float], None]] = {}
        self._signed_in = count("sign_ins", "Sign-ins.", "method")
        self._refused = count("sign_ins_refused", "Sign-ins that failed.", "method", "reason")
        self._signed_out = count("sign_outs", "Sign-outs.")
        self._made = count("sessions_made", "Sessions that a store has taken.")
        self._ended = count("sessions_ended", "Sessions that were ended; not what expires.")
        self._cross_site = count("cross_site_refused", "Requests of other sites, refused.")
        self._host = count("unknown_host", "Requests for a name that is not ours.")
        self._store = measure("store_call_seconds", "Calls to the store.", buckets=_STORE)
        self._failed = count("store_failures", "Calls that were late or found no store.")
        self._circuit = gauge("store_circuit_open", "1 while it keeps failing.", mode="livemax")
        self._connections = gauge("connections", "How many are so now.", "state", mode="livesum")
        self._limited = count("connections_refused", "Connections without a place.", "limit")
        self._lag = measure("event_loop_lag_seconds", "How late the loop is.", buckets=_LAG)

    def report(self, seen: Seen) -> None:
        """A request has been answered."""
        if (route := seen.route) is None:
            path = seen.scope["path"]
            route = path if path in _FIXED else OTHER
        if (observe := self._known.get((route, seen.status))) is None:
            observe = self._requests.labels(route, _status(seen)).observe
            # Rules are few, and an application's answers have few statuses.
            self._known[route, seen.status] = observe
        observe(seen.seconds)

    def connected(self, counts: Mapping[str, int]) -> None:
        """So many connections there are now, by state."""
        for state, number in counts.items():
            self._connections.labels(state).set(number)

    def lagged(self, seconds: float) -> None:
        """So much later than it should the event loop came back."""
        self._lag.observe(seconds)

    def listen(self) -> None:
        """Hear of all that is not a request."""
        for signal, receiver in self._receivers():
            signal.connect(receiver)

    def listen_no_more(self) -> None:
        """Hear of nothing any more."""
        for signal, receiver in self._receivers():
            signal.disconnect(receiver)

    def _receivers(self) -> Sequence[tuple[Signal, Callable[..., None]]]:
        return (
            (record_made, self._on_made),
            (record_ended, self._on_ended),
            (cross_site_refused, self._on_cross_site),
            (host_refused, self._on_host),
            (store_called, self._on_store_called),
            (store_lost, self._on_store_lost),
            (store_found, self._on_store_found),
            (connection_refused, self._on_connection_refused),
            (signed_in, self._on_signed_in),
            (signed_out, self._on_signed_out),
            (sign_in_refused, self._on_sign_in_refused),
        )

    def _on_signed_in(self, _app: object, *, method: str, **_: Any) -> None:
        self._signed_in.labels(method).inc()

    def _on_signed_out(self, _app: object, **_: Any) -> None:
        self._signed_out.inc()

    def _on_sign_in_refused(self, _app: object, *, method: str, reason: str, **_: Any) -> None:
        self._refused.labels(method, str(reason)).inc()

    def _on_made(self, _store: object) -> None:
        self._made.inc()

    def _on_ended(self, _store: object) -> None:
        self._ended.inc()

    def _on_cross_site(self, _request: object) -> None:
        self._cross_site.inc()

    def _on_host(self, _scope: object) -> None:
        self._host.inc()

    def _on_store_called(self, _store: str, *, seconds: float, failed: bool) -> None:
        self._store.observe(seconds)
        if failed:
            self._failed.inc()

    def _on_store_lost(self, _store: str) -> None:
        self._circuit.set(1)

    def _on_store_found(self, _store: str) -> None:
        self._circuit.set(0)

    def _on_connection_refused(self, limit: str, **_: Any) -> None:
        self._limited.labels(limit).inc()


def _status(seen: Seen) -> str:
    """`other` if there was no answer, or none that HTTP knows."""
    return str(seen.status) if seen.status and 100 <= seen.status < 600 else OTHER
