"""Only the browser's cookie opens what the store keeps; nothing else tells what is in it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quart_app.errors import UnstorableValue
from quart_app.sessions.held.seal import NoSeal, Seal, TokenSeal, Unopenable
from quart_app.sessions.held.tokens import key_of, new_token, seal_secret_of
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.testing import FakeClock
from tests.sessions.browser import Browser, CountingStore, cookies_in, look, make_app, put, refused

TOKEN = new_token()
NAME, VALUE = "diary", b'"dear diary"'
SECRETS = {"diary": "met Grace at noon", "shopping list": ["marzipan", "Été"]}


def sealed_field(seal: Seal) -> tuple[str, bytes]:
    [field] = seal.close({NAME: VALUE}).items()
    return field


def flips_of(data: bytes) -> Iterator[bytes]:
    """The data with each of its bits turned, one at a time."""
    for position in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[position // 8] ^= 1 << position % 8
        yield bytes(flipped)


@given(st.dictionaries(st.text(st.characters(codec=None, exclude_categories=())), st.binary()))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_same_token_opens_what_it_closed(values: dict[str, bytes]) -> None:
    for seal in (TokenSeal.of(TOKEN), NoSeal.of(TOKEN)):
        assert seal.open(seal.close(values)) == values


SEAL = TokenSeal.of(TOKEN)


def test_another_token_opens_nothing() -> None:
    label, field = sealed_field(SEAL)

    with pytest.raises(Unopenable):
        TokenSeal.of(new_token()).open({label: field})


def test_every_single_bit_of_a_sealed_field_counts() -> None:
    label, field = sealed_field(SEAL)

    for altered in flips_of(field):
        with pytest.raises(Unopenable):
            SEAL.open({label: altered})


@pytest.mark.parametrize("length", [0, 1, 12, 13, 28, 29])
def test_a_field_that_was_cut_does_not_open(length: int) -> None:
    label, field = sealed_field(SEAL)

    with pytest.raises(Unopenable):
        SEAL.open({label: field[:length]})


def test_a_field_does_not_open_under_the_name_of_another() -> None:
    with pytest.raises(Unopenable):
        SEAL.open({SEAL.label("is_admin"): sealed_field(SEAL)[1]})


def test_one_field_that_does_not_open_closes_the_whole_session() -> None:
    label, field = sealed_field(SEAL)

    with pytest.raises(Unopenable):
        SEAL.open({label: field, "other": b"\x01garbage"})


def test_the_two_modes_never_open_each_others_fields() -> None:
    plain = NoSeal.of(TOKEN)

    for seal, other in ((SEAL, plain), (plain, SEAL)):
        with pytest.raises(Unopenable):
            seal.open(dict([sealed_field(other)]))


def test_two_sessions_with_the_same_content_have_nothing_in_common() -> None:
    one, other = sealed_field(TokenSeal.of(TOKEN)), sealed_field(TokenSeal.of(new_token()))

    assert one[0] != other[0]
    assert one[1] != other[1]


def test_closing_a_value_twice_gives_different_bytes() -> None:
    assert sealed_field(SEAL)[1] != sealed_field(SEAL)[1]


def test_what_the_store_has_does_not_lead_to_the_seal() -> None:
    key = key_of(TOKEN)

    assert seal_secret_of(TOKEN) not in (bytes.fromhex(key), seal_secret_of(key))
    assert TOKEN not in key


async def test_fields_of_one_session_moved_to_another_are_a_new_visitor_there(
    store: CountingStore, browser: Browser
) -> None:
    thief = Browser(browser.app)
    await browser.visit(put(name="ada", **SECRETS))
    await thief.visit(put(name="mallory"))
    victim_record, thief_record = await store.records()

    await store.tamper(replace(thief_record, fields=victim_record.fields))

    assert await thief.look(look) == {}


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize(
    "field",
    [
        *(b"", b"\x00", b"\x01", b"\x00garbage", b"\x00\x00\x00\x00\x01x{"),
        b"\x00\x00\x00\x00\x02\xff\xff1",
    ],
)
async def test_a_record_that_was_altered_is_not_there(
    store: CountingStore, sealed: bool, field: bytes
) -> None:
    browser = Browser(make_app(store, SESSION_SEALED=sealed))
    await browser.visit(put(x=1))
    [record] = await store.records()

    await store.tamper(replace(record, fields={"label": field}))
    response = await browser.visit(look)

    assert response.status_code == 200
    assert [cookie.clears for cookie in cookies_in(response)] == [True]


@pytest.mark.parametrize("before", [True, False])
async def test_switching_the_mode_makes_old_sessions_those_of_new_visitors(
    store: CountingStore, before: bool
) -> None:
    old = Browser(make_app(store, SESSION_SEALED=before))
    await old.visit(put(x=1))
    new = Browser(make_app(store, SESSION_SEALED=not before), token=old.token)

    assert await new.look(look) == {}
    assert await old.read("x") == 1


@pytest.fixture
async def files(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    store = FilesystemStore(tmp_path / "sessions", clock=clock)
    yield store
    await store.close()


def everything_under(root: Path) -> bytes:
    """Every byte of every file, and every name."""
    parts = []
    for path in sorted(root.rglob("*")):
        parts.append(path.name.encode())
        if path.is_file():
            parts.append(path.read_bytes())
    return b"\0".join(parts)


def spellings_of(secret: str) -> list[bytes]:
    """How a secret might be written."""
    plain = [secret.encode(), secret.encode("utf-16-le"), secret.encode("unicode_escape")]
    return [
        *plain,
        *(base64.b64encode(text)[:-4] for text in plain),
        secret.encode().hex().encode(),
    ]


async def test_the_session_directory_holds_neither_data_nor_names_nor_tokens(
    files: Store, tmp_path: Path
) -> None:
    browser = Browser(make_app(files))
    await browser.visit(put(**SECRETS))
    tokens = [browser.token]
    await browser.visit(put(name="ada", extra="sea bass"))
    tokens.append(browser.token)
    await browser.visit(lambda session: session["shopping list"].append("mustard seed"))

    kept = everything_under(tmp_path)

    assert b"ada" in kept  # the owner stays readable, so the search below looks in the right place
    secrets = [*SECRETS, "Grace", "met Grace at noon", "marzipan", "Été", "mustard seed"]
    for secret in [*secrets, "extra", "sea bass", *filter(None, tokens)]:
        for spelling in spellings_of(secret):
            assert spelling not in kept, secret
    for token in filter(None, tokens):
        assert base64.urlsafe_b64decode(token + "=") not in kept
        assert seal_secret_of(token) not in kept


async def test_the_search_would_find_what_is_not_sealed(files: Store, tmp_path: Path) -> None:
    browser = Browser(make_app(files, SESSION_SEALED=False))

    await browser.visit(put(**SECRETS))

    kept = everything_under(tmp_path)
    assert b"met Grace at noon" in kept
    assert b"shopping list" in kept
    assert (browser.token or "").encode() not in kept


ALTERED: dict[str, dict[str, Any]] = {
    "owner": {"owner": "grace"},
    "no owner": {"owner": None},
    "start": {"created_at": 1.0},
    "idle": {"idle": timedelta(days=365)},
    "end": {"ends_at": 1e11},
    "permanent": {"permanent": True},
}


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED)
async def test_owner_start_and_limits_are_those_that_the_tokens_holder_was_given(
    browser: Browser, store: CountingStore, altered: dict[str, Any]
) -> None:
    await browser.arrive(put(name="ada"))
    [record] = await store.records()
    clocks = {name: value for name, value in altered.items() if hasattr(record.lifetime, name)}
    own = {name: value for name, value in altered.items() if name not in clocks}

    await store.tamper(replace(record, lifetime=replace(record.lifetime, **clocks), **own))

    assert await browser.look(look) == {}


async def test_clocks_that_the_holder_turned_are_his_own(
    browser: Browser, store: CountingStore
) -> None:
    await browser.arrive(put(name="ada"))
    await browser.visit(lambda session: setattr(session, "permanent", True))
    await browser.visit(lambda session: setattr(session, "idle_lifetime", timedelta(minutes=9)))

    assert await browser.look(look) == {"name": "ada"}
    assert [record.lifetime.idle for record in await store.records()] == [timedelta(minutes=9)]


def test_a_secret_that_was_passed_on_opens_only_for_its_successor() -> None:
    old, new, other = (TokenSeal.of(new_token()) for _ in range(3))
    passed_on = old.passed_on(new)

    assert old.successor(new.key, passed_on).open(new.close({"a": b"1"})) == {"a": b"1"}
    for seal, key in ((old, other.key), (other, new.key)):
        with pytest.raises(Unopenable):
            seal.successor(key, passed_on)
    with pytest.raises(Unopenable):
        old.successor(new.key, b"")


async def test_no_entry_of_an_application_is_taken_for_one_of_ours(browser: Browser) -> None:
    said = await browser.look(refused(put(**{"\0address": "1.2.3.4"}), UnstorableValue))

    assert "NUL" in said
    assert await browser.look(look) == {}
