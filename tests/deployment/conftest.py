"""Servers that a module's tests share: what they show does not change with use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deployment.proxies import PROXIES, Proxy
from tests.kit.processes import Program


@pytest.fixture(scope="module")
def mirror() -> Iterator[Program]:
    """Tells what reaches it."""
    with Program.running("tests.deployment.programs.mirror") as program:
        yield program


@pytest.fixture(scope="module", params=PROXIES)
def proxy(
    request: pytest.FixtureRequest, mirror: Program, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """One in front of the mirror."""
    with PROXIES[request.param](mirror.port, tmp_path_factory.mktemp("proxy")) as proxy:
        yield proxy
