"""Several processes at one store lose nothing and bring nothing back."""

from __future__ import annotations

import json
import random
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from quart_app.sessions.stores.base import Store
from quart_app.testing.store_contract.samples import a_record
from tests.kit.processes import python
from tests.sessions.stores.programs.obeys import CLOCK, store_at
from tests.sessions.stores.programs.start import ask, obeying, said_by_all, tell
from tests.sessions.stores.programs.works import FIELDS_EACH, SHARED

PROCESSES = ("first", "second", "third")
PATCHES_EACH = 3_000
SIGN_INS_EACH = 200
RACES = 1_000
LONGEST_HEAD_START_SECONDS = 0.001


@pytest.fixture(params=["filesystem", "redis"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "filesystem":
        yield str(tmp_path / "sessions")
    else:
        yield request.getfixturevalue("redis_server").url


@pytest.fixture
async def store(where: str) -> AsyncIterator[Store]:
    store = store_at(where)
    yield store
    await store.close()


def at_once(action: str, where: str, count: int) -> list[str]:
    """What each of the processes says in the end."""
    return said_by_all(*(("works", action, where, name, count) for name in PROCESSES))


async def test_patches_of_three_processes_to_one_session_all_survive(
    store: Store, where: str
) -> None:
    record = a_record(CLOCK, SHARED, fields={})
    await store.create(record)

    said = at_once("patches", where, PATCHES_EACH)

    acknowledged: dict[str, str] = {}
    for one in said:
        acknowledged |= json.loads(one)
    assert len(acknowledged) == len(PROCESSES) * FIELDS_EACH
    found = await store.load(record.key)
    assert found is not None
    assert {name: value.decode() for name, value in found.fields.items()} == acknowledged


async def test_sign_ins_of_three_processes_are_all_on_the_owners_list(
    store: Store, where: str
) -> None:
    said = at_once("creates", where, SIGN_INS_EACH)

    created = {key for one in said for key in json.loads(one)}
    assert len(created) == len(PROCESSES) * SIGN_INS_EACH
    assert {record.key for record in await store.owned_by("ada")} == created
    assert {record.key for record in await store.delete_owned_by("ada")} == created
    assert await store.owned_by("ada") == []


async def test_a_sign_out_during_a_slow_request_elsewhere_is_never_undone(
    store: Store, where: str
) -> None:
    chance = random.Random(1)
    races_with_patches = 0
    with obeying(where) as writer, obeying(where) as leaver:
        for race in range(RACES):
            record = a_record(CLOCK, f"race {race}", fields={}, owner="ada")
            await store.create(record)

            tell(writer, "patch-until-gone", record.key)
            time.sleep(chance.uniform(0, LONGEST_HEAD_START_SECONDS))  # noqa: ASYNC251
            ended = json.loads(ask(leaver, "delete", record.key))
            acknowledged = json.loads(ask(writer))

            # A writer that came too late even to load has had nothing acknowledged.
            assert ended == (acknowledged or {}), race
            assert await store.load(record.key) is None
            assert ask(writer, "load", record.key) == "null"
            races_with_patches += len(ended) > 0

    assert races_with_patches > RACES / 10
    assert await store.owned_by("ada") == []


def test_a_process_forked_off_a_serving_one_is_served(tmp_path: Path) -> None:
    ended = python("-m", "tests.sessions.stores.programs.forks", str(tmp_path / "s"))

    assert ended.returncode == 0
