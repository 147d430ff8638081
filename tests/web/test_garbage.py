"""What a request took is given back with its answer, not when the garbage collector comes by: a
collection is a pause for everybody."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import httpx
import pytest

from tests.kit.garbage import left_of


@pytest.fixture
def only_when_counted() -> Iterator[None]:
    """Nothing is collected but by the test."""
    gc.disable()
    yield
    gc.enable()


# Not for a page that there is none of: Quart's request holds that exception, whose frames hold the
# request.
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/login"), ("POST", "/login"), ("GET", "/logout"), ("GET", "/user")],
)
async def test_a_request_leaves_nothing_behind(
    ada: httpx.AsyncClient, method: str, path: str, only_when_counted: None
) -> None:
    form = {"name": "Grace"} if method == "POST" else None
    await ada.request(method, path, data=form)
    gc.collect()  # what the first one made, and what other tests left

    await ada.request(method, path, data=form)

    assert left_of("quart_app", "quart") == []
