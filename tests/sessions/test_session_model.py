"""Whatever is done to a session in whatever requests, it holds what a plain dict would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quart_app.sessions import Record
from quart_app.testing import FakeClock
from tests.sessions.browser import Browser, CountingStore, look, make_app

Change = Callable[[dict[str, Any]], Any]

NAMES = st.sampled_from(["a", "b", "c"])
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [0, "", None, "text", (1,), [], [1], {}, {"in": []}]
)


def deepen(values: dict[str, Any], name: str) -> None:
    """Change something inside, if there is an inside."""
    match values.get(name):
        case list(inner):
            inner.append("deep")
        case {"in": inner}:
            inner.append("deep")
        case dict(inner):
            inner["in"] = []


def set_to(name: str, value: Any) -> Change:
    # A value of its own for each: a list that both had would hide what is lost.
    return lambda values: values.update({name: deepcopy(value)})


CHANGES = st.one_of(
    st.builds(set_to, NAMES, VALUES),
    NAMES.map(lambda name: lambda values: values.pop(name, None)),
    NAMES.map(lambda name: lambda values: values.setdefault(name, [])),
    NAMES.map(lambda name: lambda values: deepen(values, name)),
    NAMES.map(lambda name: lambda values: values.get(name)),
    st.just(lambda values: values.clear()),
)
REQUESTS = st.lists(st.lists(CHANGES, max_size=5), max_size=5)


@given(REQUESTS, st.booleans(), st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_session_holds_what_a_dict_would(
    requests: list[list[Change]], saves_between: bool, regenerates: bool
) -> None:
    store = CountingStore(clock=FakeClock())
    browser = Browser(make_app(store))
    model: dict[str, Any] = {}

    async def play() -> list[Record]:
        for changes in requests:

            async def handler(session: Any, changes: list[Change] = changes) -> None:
                for change in changes:
                    change(session)
                    if saves_between:
                        await session.save()
                if regenerates:
                    session.regenerate()
                assert dict(session) == model_after(changes)

            await browser.visit(handler)
            assert await browser.look(look) == model
        return await store.records()

    def model_after(changes: list[Change]) -> dict[str, Any]:
        for change in changes:
            change(model)
        return model

    records = asyncio.run(play())

    assert len(records) == (1 if model else 0)
    assert (browser.token is None) == (not model)
