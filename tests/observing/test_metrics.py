"""What is counted and measured, and that labels stay few."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from importlib import resources

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from quart import Quart

from quart_app.errors import StoreUnavailable
from quart_app.forwarded import Proxies
from quart_app.observing import metrics as room
from quart_app.observing.layer import Layer, name_routes
from quart_app.observing.metrics import Metrics
from quart_app.sessions.stores.guard import FAILURES_THAT_OPEN, Guard
from quart_app.signals import connection_refused

NAME = re.compile(r"quart_app_\w+")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> Iterator[Metrics]:
    metrics = Metrics(registry)
    metrics.listen()
    yield metrics
    metrics.listen_no_more()


@pytest.fixture
def layer(app: Quart, metrics: Metrics) -> Layer:
    name_routes(app)
    return Layer(app, proxies=Proxies(()), reports=[metrics.report])


def value(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(f"quart_app_{name}", labels) or 0.0


async def test_requests_are_counted_by_rule_and_status(
    visitor: httpx.AsyncClient, registry: CollectorRegistry
) -> None:
    for _ in range(2):
        await visitor.get("/login")
    await visitor.get("/user")
    await visitor.get("/healthz")

    assert value(registry, "request_seconds_count", route="/login", status="200") == 2
    assert value(registry, "request_seconds_count", route="/user", status="302") == 1
    assert value(registry, "request_seconds_count", route="/healthz", status="200") == 1
    assert 0 < value(registry, "request_seconds_sum", route="/login", status="200") < 60


async def test_paths_that_a_client_makes_up_are_one(
    visitor: httpx.AsyncClient, registry: CollectorRegistry
) -> None:
    for number in range(20):
        await visitor.get(f"/made/up/{number}")

    routes = set(re.findall(r'route="([^"]*)"', generate_latest(registry).decode()))
    assert routes == {"other"}


async def test_sessions_and_refusals_are_counted(
    visitor: httpx.AsyncClient, registry: CollectorRegistry
) -> None:
    await visitor.post("/login", data={"name": "Ada"}, headers={"Sec-Fetch-Site": "same-origin"})
    await visitor.get("/logout", headers={"Sec-Fetch-Site": "same-origin"})
    await visitor.post("/login", data={"name": "Eve"}, headers={"Sec-Fetch-Site": "cross-site"})
    await visitor.get("/login", headers={"Host": "evil.example"})
    connection_refused.send("all")

    assert value(registry, "sessions_made_total") == 1
    assert value(registry, "sessions_ended_total") == 1
    assert value(registry, "cross_site_refused_total") == 1
    assert value(registry, "unknown_host_total") == 1
    assert value(registry, "connections_refused_total", limit="all") == 1


async def test_sign_ins_are_counted(
    visitor: httpx.AsyncClient, registry: CollectorRegistry
) -> None:
    await visitor.post("/login", data={"name": "Ada"})
    await visitor.get("/logout")
    await visitor.post("/login", data={"name": ""})

    assert value(registry, "sign_ins_total", method="name") == 1
    assert value(registry, "sign_outs_total") == 1
    assert value(registry, "sign_ins_refused_total", method="name", reason="unusable") == 1


async def test_calls_to_the_store_and_its_circuit(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    guard = Guard("Redis", timeout=timedelta(seconds=1), unreachable=(ConnectionError,))

    async def fails() -> None:
        raise ConnectionError

    async def works() -> None: ...

    await guard.run(works)
    for _ in range(FAILURES_THAT_OPEN):
        with pytest.raises(StoreUnavailable):
            await guard.run(fails)
    is_open = value(registry, "store_circuit_open")
    guard._next_probe = 0.0
    await guard.run(works)

    assert value(registry, "store_call_seconds_count") == FAILURES_THAT_OPEN + 2
    assert value(registry, "store_failures_total") == FAILURES_THAT_OPEN
    assert (is_open, value(registry, "store_circuit_open")) == (1, 0)


async def test_a_call_to_the_store_that_works_beside_one_that_fails_is_no_failure(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    guard = Guard("Redis", timeout=timedelta(seconds=1), unreachable=(ConnectionError,))
    failed = asyncio.Event()

    async def fails() -> None:
        raise ConnectionError

    working = asyncio.create_task(guard.run(failed.wait))
    await asyncio.sleep(0)
    with pytest.raises(StoreUnavailable):
        await guard.run(fails)
    failed.set()
    await working

    assert value(registry, "store_failures_total") == 1


def test_the_dashboard_names_metrics_that_there_are(registry: CollectorRegistry) -> None:
    Metrics(registry)
    there = {
        f"{metric.name}{suffix}"
        for metric in registry.collect()
        for suffix in {
            "counter": ("_total",),
            "histogram": ("_count", "_sum", "_bucket"),
            "gauge": ("",),
        }[metric.type]
    }
    dashboard = json.loads(
        resources.files("quart_app.observing").joinpath("dashboard.json").read_text()
    )
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]

    named = {name for expr in asked for name in NAME.findall(expr)}

    assert named <= there
    shown = {re.sub("_(total|count|sum|bucket)$", "", name) for name in named}
    assert shown == {metric.name for metric in registry.collect()}, "all of them are shown"


def test_labels_of_the_dashboard_are_those_of_the_metrics(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    labels = {
        "route", "status", "method", "reason", "state", "limit", "le",
    }  # fmt: skip
    text = resources.files("quart_app.observing").joinpath("dashboard.json").read_text()

    by = {label for found in re.findall(r"by \((\w+)\)", text) for label in found.split(",")}

    assert by <= labels
    assert set(re.findall(r"\{\{(\w+)\}\}", text)) <= labels
    assert room.SPACE == "quart_app"
