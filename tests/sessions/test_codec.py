"""What goes into a session comes out of it as the same, or is refused by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from quart_app.errors import UnstorableValue
from quart_app.sessions import ServerSideSession
from quart_app.sessions.held import codec
from tests.sessions.browser import Browser, CountingStore, put, refused

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | ANY_TEXT
    | st.binary()
    | st.uuids()
    | ANY_TEXT.map(Markup)
    | st.datetimes()
    | st.datetimes(timezones=OFFSETS)
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(ANY_TEXT | st.sampled_from([" t", " b", " di", " d__"]), inner)
    ),
    max_leaves=12,
)

EXACT = {
    "tuple": (1, ("two", [3])),
    "bytes": b"\x00\xff",
    "markup": Markup("<b>bold</b>"),
    "uuid": UUID("12345678-1234-5678-1234-567812345678"),
    "naive datetime": datetime(2026, 11, 20, 12, 30, 15, 123456),  # noqa: DTZ001 - on purpose
    "aware datetime": datetime(2026, 11, 20, 12, 30, tzinfo=UTC),
    "other zone": datetime(2026, 11, 20, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    "nested": {"list": [{"tuple": (b"deep", [None, True])}]},
    "dict that looks like a tag": {" t": [1]},
    "empty things": [{}, (), [], "", b""],
    "French and more": "Été à Noël, 日本語, 🎈",
    "lone surrogate": "\ud800 and \udfff",
    "surrogates side by side": "\ud83d\ude00",
    "wide integer": 2**200,
    "negative integer": -(2**64) - 1,
    "smallest float": 5e-324,
    "a tenth": 0.1,
    "infinity": -math.inf,
    "newlines and NUL": "a\r\n\x00b",
}


def cyclic() -> list[Any]:
    round_and_round: list[Any] = []
    round_and_round.append(round_and_round)
    return round_and_round


REFUSED: dict[str, Callable[[], Any]] = {
    "decimal": lambda: Decimal("1.10"),
    "date": lambda: date(2026, 11, 20),
    "timedelta": lambda: timedelta(seconds=1),
    "set": lambda: {1, 2},
    "frozenset": frozenset,
    "object": object,
    "function": lambda: len,
    "complex": lambda: 1j,
    "integer keys": lambda: {1: "one"},
    "keys of two kinds": lambda: {"a": 1, None: 2},
    "recursion": cyclic,
}


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@given(VALUES)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_can_be_encoded_comes_back_as_it_was(value: Any) -> None:
    decoded = codec.decode(codec.encode("x", value))

    assert same(decoded, value)


@pytest.mark.parametrize("value", EXACT.values(), ids=EXACT.keys())
async def test_a_value_comes_back_in_the_next_request(browser: Browser, value: Any) -> None:
    await browser.visit(put(x=value))

    back = await browser.read("x")

    assert same(back, value)


async def test_a_float_that_is_no_number_stays_one_and_is_no_change(
    browser: Browser, store: CountingStore
) -> None:
    await browser.arrive(put(x=math.nan))
    store.calls.clear()

    assert math.isnan(await browser.read("x"))
    assert store.writes == []


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("nest", [lambda it: it, lambda it: [{"in": (it,)}]], ids=["", "nested"])
async def test_what_would_come_back_different_is_refused_where_it_is_assigned(
    browser: Browser, make: Callable[[], Any], nest: Callable[[Any], Any]
) -> None:
    message = await browser.look(refused(put(**{"the thing": nest(make())}), UnstorableValue))

    assert "'the thing'" in message


@pytest.mark.parametrize("name", [1, None, b"bytes", ("a",)])
async def test_a_name_that_is_no_text_is_refused(browser: Browser, name: Any) -> None:
    message = await browser.look(refused(lambda s: s.__setitem__(name, 1), UnstorableValue))

    assert repr(name) in message


async def test_what_is_refused_can_also_be_caught_as_a_type_error(browser: Browser) -> None:
    assert await browser.look(refused(put(x=object()), TypeError))


async def test_what_was_put_deep_inside_later_is_refused_when_it_is_saved(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    await browser.visit(put(cart=["apple"]))

    response = await browser.visit(lambda session: session["cart"].append({1, 2}))

    assert response.status_code == 500
    assert "session['cart'] cannot be stored" in caplog.text
    assert await browser.read("cart") == ["apple"]


async def test_saving_it_by_hand_tells_the_handler(browser: Browser) -> None:
    async def fill_and_save(session: ServerSideSession) -> None:
        session["cart"] = []
        session["cart"].append(object())
        with pytest.raises(UnstorableValue, match="'cart'"):
            await session.save()
        session["cart"].clear()

    await browser.visit(fill_and_save)

    assert await browser.read("cart") == []


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe", b'{" t":1}', b'{" b":3}', b'{" u":"no"}', b'{" d":3}']
)
def test_bytes_that_are_no_value_are_told_from_bytes_that_are(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - that is all a caller may rely on
        codec.decode(data)
