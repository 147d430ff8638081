"""Migrations go forwards, in one transaction, whoever else starts at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from quart_app.accounts.storage import migrating
from quart_app.accounts.storage.backend import WRITES, Backend
from quart_app.accounts.storage.places import backend_at
from quart_app.accounts.storage.tables import ACCOUNTS, METADATA, VERSION_TABLE
from quart_app.errors import ConfigurationError
from tests.accounts.databases import PATIENT, database_at
from tests.kit.processes import Program

REVISIONS = [each.revision for each in migrating.scripts().walk_revisions()]
# What a database of each version holds that is to be there afterwards.
DATA = {
    "0001": (
        "INSERT INTO quart_app_accounts (id, name, shown, skeleton, handle, is_admin, created_at, "
        "epoch) VALUES ('a1', 'ada', 'Ada', 'ada', '\\x01', false, 1.5, 3)",
        "INSERT INTO quart_app_credentials VALUES ('c1', 'a1', 'password', '$argon2id$', 1.5)",
    )
}
NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.add_column("quart_app_accounts", sa.Column("nickname", sa.String(40)))
"""


@pytest.fixture
def backend(url: str) -> Iterator[Backend]:
    made = backend_at(url, folder=Path(), timeout=PATIENT)
    made.make()
    yield made
    made.engine.dispose()


def upgraded(backend: Backend, *, to: str = "head") -> None:
    with backend.engine.connect() as connection:
        connection.execution_options(**{WRITES: True})
        with connection.begin():
            migrating.upgrade(connection, to=to)


def next_version(folder: Path) -> Path:
    folder.mkdir()
    (folder / "v9999_next.py").write_text(NEXT.format(head=REVISIONS[0]))
    return folder


def columns(connection: Connection) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns(ACCOUNTS.name)}


def test_each_version_has_data_to_be_tested_with() -> None:
    assert set(REVISIONS) == DATA.keys()


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_earlier_state_becomes_what_the_code_expects_and_keeps_its_data(
    backend: Backend, revision: str
) -> None:
    upgraded(backend, to=revision)
    with backend.engine.begin() as connection:
        for statement in DATA[revision]:
            connection.execute(text(statement.replace(":", "\\:")))

    upgraded(backend)

    with backend.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []
        assert connection.execute(text("SELECT shown, epoch FROM quart_app_accounts")).all() == [
            ("Ada", 3)
        ]


async def test_the_next_version_keeps_the_data(url: str, tmp_path: Path) -> None:
    versions = (*migrating.VERSIONS, next_version(tmp_path / "next"))
    old = database_at(url)
    await old.write(lambda connection: connection.execute(text(DATA["0001"][0])))
    await old.close()

    new = database_at(url, versions=versions)
    await new.open()

    assert "nickname" in await new.read(columns)
    assert await new.read(_names) == ["ada"]
    await new.close()


async def test_a_database_newer_than_the_code_is_refused_in_one_line(
    url: str, tmp_path: Path
) -> None:
    new = database_at(url, versions=(*migrating.VERSIONS, next_version(tmp_path / "next")))
    await new.open()
    await new.close()
    old = database_at(url)

    with pytest.raises(ConfigurationError, match=r"newer version \(9999\)") as refused:
        await old.open()

    assert "\n" not in str(refused.value)
    await old.close()


def test_several_processes_start_at_once(url: str) -> None:
    with ExitStack() as stack:
        programs = [
            stack.enter_context(Program.running("tests.accounts.programs.migrate", url))
            for _ in range(4)
        ]
        statuses = [program.ended(within=60) for program in programs]

        assert statuses == [0, 0, 0, 0], [program.said for program in programs]


def _names(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT name FROM quart_app_accounts")).scalars())
