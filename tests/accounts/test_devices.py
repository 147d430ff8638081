"""What a browser keeps says where it has signed in, and nobody else can make it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quart_app.accounts.devices import Device, Devices

DEVICES = Devices([b"the key"])
VALUE = DEVICES.value_for("a1", epoch=3)


def test_it_is_read_as_it_was_made() -> None:
    device = DEVICES.read(VALUE)

    assert device is not None
    assert (device.account_id, device.epoch) == ("a1", 3)
    assert DEVICES.read(DEVICES.value_for("a1", epoch=4, known=device)) == Device(
        "a1", 4, device.id
    )


def test_it_fits_a_cookie() -> None:
    value = DEVICES.value_for("f" * 32, epoch=2**40)

    assert len(value) < 200
    assert value.replace("-", "").replace("_", "").isalnum()
    assert DEVICES.read(value) is not None


def test_an_earlier_key_still_counts_and_another_does_not() -> None:
    assert Devices([b"a new one", b"the key"]).read(VALUE) == DEVICES.read(VALUE)
    assert Devices([b"a new one"]).read(VALUE) is None


@given(st.integers(0, len(VALUE) - 1), st.sampled_from("AZaz09-_"))
def test_one_that_was_changed_is_none(place: int, letter: str) -> None:
    changed = VALUE[:place] + letter + VALUE[place + 1 :]

    # The last letter has bits that say nothing.
    assert DEVICES.read(changed) in (None, DEVICES.read(VALUE))
    assert changed == VALUE or place == len(VALUE) - 1 or DEVICES.read(changed) is None


@given(st.text())
def test_anything_else_is_none(value: str) -> None:
    assert DEVICES.read(value) is None
