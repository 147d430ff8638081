"""One call is one transaction in one hop, and a database in trouble is a 503 within a second."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import threading
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from quart_app.accounts.storage.database import MOST_WAITING, Database, after_commit
from quart_app.errors import AccountsUnavailable, ConfigurationError
from tests.accounts.databases import SHIPPED, database_at
from tests.kit.polling import eventually, once_it_works
from tests.kit.postgresql import PostgreSQLServer
from tests.kit.processes import python
from tests.kit.threads import none_left

# What is promised is a second; a machine that others use takes its time.
SOON_SECONDS = 3.0


def have_table(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE notes (words VARCHAR(40) PRIMARY KEY)"))


def write(connection: Connection, words: str) -> None:
    connection.execute(text("INSERT INTO notes VALUES (:words)"), {"words": words})


def read(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT words FROM notes ORDER BY words")).scalars())


@pytest.fixture
async def notes(database: Database) -> Database:
    await database.write(have_table)
    return database


async def test_what_a_call_changes_is_there_for_the_next(notes: Database) -> None:
    await notes.write(write, "first")

    assert await notes.read(read) == ["first"]


async def test_a_call_that_raises_changes_nothing(notes: Database) -> None:
    def write_and_fail(connection: Connection) -> None:
        write(connection, "half")
        raise RuntimeError("in between")

    with pytest.raises(RuntimeError, match="in between"):
        await notes.write(write_and_fail)

    assert await notes.read(read) == []


async def test_a_call_is_one_hop_to_a_thread_of_its_own_pool(notes: Database) -> None:
    threads = []

    def note_thread(connection: Connection) -> None:
        threads.append(threading.current_thread().name)
        read(connection)
        read(connection)

    await notes.read(note_thread)

    assert len(threads) == 1
    assert threads[0].startswith("accounts")


async def test_what_is_to_follow_a_commit_does_not_follow_a_failure(notes: Database) -> None:
    called: list[str] = []

    def write_twice(connection: Connection, words: str) -> None:
        after_commit(connection, lambda: called.append(words))
        write(connection, words)

    await notes.write(write_twice, "one")
    with suppress(Exception):
        await notes.write(write_twice, "one")

    assert called == ["one"]


async def test_a_client_that_hangs_up_leaves_no_half_of_a_change(notes: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def write_slowly(connection: Connection) -> None:
        write(connection, "a")
        begun.set()
        go_on.wait()
        write(connection, "b")

    call = asyncio.create_task(notes.write(write_slowly))
    await asyncio.to_thread(begun.wait)
    call.cancel()
    with suppress(asyncio.CancelledError):
        await call
    go_on.set()

    async def is_whole() -> bool:
        return await notes.read(read) == ["a", "b"]

    await eventually(is_whole)


async def test_a_call_that_is_late_is_a_503_and_is_not_done_later(url: str, tmp_path: Path) -> None:
    database = database_at(url, folder=tmp_path, timeout=timedelta(milliseconds=100))
    await database.open()
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()
    await once_it_works(lambda: database.write(have_table), but=AccountsUnavailable)

    def write_slowly(connection: Connection) -> None:
        begun.set()
        try:
            go_on.wait()
            write(connection, "late")
        finally:
            ended.set()

    with pytest.raises(AccountsUnavailable) as late:
        await database.write(write_slowly)
    go_on.set()
    if begun.is_set():
        await asyncio.to_thread(ended.wait)
    # Behind it in the same thread, at least in SQLite's.
    await once_it_works(lambda: database.write(write, "after"), but=AccountsUnavailable)

    assert late.value.code == 503
    assert "late" not in await once_it_works(lambda: database.read(read), but=AccountsUnavailable)
    await database.close()


async def test_calls_that_pile_up_are_refused(notes: Database) -> None:
    go_on = threading.Event()
    calls = [asyncio.create_task(notes.write(lambda _: go_on.wait())) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)

    with pytest.raises(AccountsUnavailable, match="waiting"):
        await notes.read(read)

    go_on.set()
    await asyncio.gather(*calls)


async def test_where_no_thread_can_be_started_a_call_is_a_503_and_is_not_done_later(
    url: str,
) -> None:
    database = database_at(url)
    with none_left(), pytest.raises(AccountsUnavailable, match="thread"):
        await database.write(have_table)

    await database.write(have_table)

    assert (await database.read(read), database.waiting) == ([], 0)
    await database.close()


async def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    database = database_at(None, folder=tmp_path / "data", timeout=SHIPPED)
    await database.open()
    files = list((tmp_path / "data").iterdir())
    await database.close()

    assert tmp_path / "data" / "accounts.sqlite3" in files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_a_file_that_others_can_read_ends_the_start_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "accounts.sqlite3").touch(mode=0o644)
    database = database_at(None, folder=tmp_path, timeout=SHIPPED)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        await database.open()

    await database.close()


async def test_a_file_that_is_no_database_is_a_503(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite3"
    path.touch(mode=0o600)
    path.write_text("no database at all" * 100)
    database = database_at(None, folder=tmp_path, timeout=SHIPPED)

    with pytest.raises(AccountsUnavailable, match="not a database"):
        await database.open()

    await database.close()


async def test_a_folder_that_takes_no_log_is_a_503_and_not_waited_for(tmp_path: Path) -> None:
    database = database_at(None, folder=tmp_path, timeout=SHIPPED)
    (tmp_path / "accounts.sqlite3-journal").mkdir()

    with pytest.raises(AccountsUnavailable, match=r"accounts\.sqlite3: "):
        await asyncio.wait_for(database.open(), 10)

    await database.close()


async def test_a_writer_of_another_program_is_waited_for(notes_file: tuple[Database, Path]) -> None:
    database, path = notes_file
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(database.write(write, "after"))

    assert await database.read(read) == []  # which no writer keeps waiting
    other.execute("COMMIT")
    await waiting

    assert await database.read(read) == ["after"]
    other.close()


@pytest.fixture
async def notes_file(tmp_path: Path) -> AsyncIterator[tuple[Database, Path]]:
    database = database_at(None, folder=tmp_path)
    await database.write(have_table)
    yield database, tmp_path / "accounts.sqlite3"
    await database.close()


@pytest.mark.parametrize(
    "url",
    ["mysql://ada:opensesame@localhost/x", "opensesame", "sqlite://", "sqlite:///:memory:", ""],
)
def test_an_address_that_cannot_be_is_told_of_without_its_password(
    url: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        database_at(url, folder=tmp_path, timeout=SHIPPED)

    assert "DATABASE_URL" in str(refused.value)
    assert "opensesame" not in str(refused.value)


async def test_nothing_of_a_password_is_in_the_reason() -> None:
    database = database_at("postgresql://ada:opensesame@127.0.0.1:1/x?password=opensesame")

    with pytest.raises(AccountsUnavailable) as refused:
        await database.read(read)

    assert "127.0.0.1:1" in str(refused.value)
    assert "opensesame" not in str(refused.value)
    await database.close()


async def test_nothing_of_a_statement_is_in_the_reason(notes_file: tuple[Database, Path]) -> None:
    database, path = notes_file
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("DROP TABLE notes")
    other.close()

    with pytest.raises(AccountsUnavailable) as failed:
        await database.write(write, "opensesame")

    assert "opensesame" not in str(failed.value) + str(failed.value.__cause__)


async def test_a_server_that_is_killed_is_a_503_and_is_back_by_itself(
    own_postgresql: PostgreSQLServer, tmp_path: Path
) -> None:
    database = database_at(own_postgresql.new_database(), folder=tmp_path, timeout=SHIPPED)
    await once_it_works(lambda: database.write(have_table), but=AccountsUnavailable)
    await once_it_works(lambda: database.write(write, "before"), but=AccountsUnavailable)

    own_postgresql.kill()
    began = time.monotonic()
    with pytest.raises(AccountsUnavailable):
        await database.read(read)
    took = time.monotonic() - began
    own_postgresql.start()

    assert took < SOON_SECONDS
    assert await once_it_works(lambda: database.read(read), but=AccountsUnavailable) == ["before"]
    await database.close()


async def test_a_server_that_is_started_anew_costs_no_call(
    own_postgresql: PostgreSQLServer, tmp_path: Path
) -> None:
    database = database_at(own_postgresql.new_database(), folder=tmp_path)
    await database.write(have_table)

    own_postgresql.kill()
    own_postgresql.start()
    await database.write(write, "after")

    assert await database.read(read) == ["after"]
    await database.close()


async def test_a_server_that_hangs_is_a_503_frees_its_threads_and_is_back_by_itself(
    own_postgresql: PostgreSQLServer, tmp_path: Path
) -> None:
    database = database_at(own_postgresql.new_database(), folder=tmp_path, timeout=SHIPPED)
    await once_it_works(lambda: database.write(have_table), but=AccountsUnavailable)

    own_postgresql.pause()
    began = time.monotonic()
    outcomes = await asyncio.gather(
        *(database.write(write, f"hung {number}") for number in range(20)), return_exceptions=True
    )
    took = time.monotonic() - began
    own_postgresql.resume()

    assert {type(outcome) for outcome in outcomes} == {AccountsUnavailable}
    assert took < SOON_SECONDS
    await once_it_works(lambda: database.write(write, "after"), but=AccountsUnavailable)
    # What was told to have failed is not done once the server goes on.
    assert await once_it_works(lambda: database.read(read), but=AccountsUnavailable) == ["after"]
    await database.close()


async def test_calls_whose_callers_are_gone_are_not_waited_for_forever(
    own_postgresql: PostgreSQLServer, tmp_path: Path
) -> None:
    database = database_at(own_postgresql.new_database(), folder=tmp_path, timeout=SHIPPED)
    await once_it_works(lambda: database.write(have_table), but=AccountsUnavailable)

    own_postgresql.pause()
    calls = [asyncio.create_task(database.write(write, f"gone {number}")) for number in range(9)]
    await asyncio.sleep(0)
    for call in calls:
        call.cancel()

    await eventually(lambda: database.waiting == 0)
    own_postgresql.resume()
    await database.close()


async def test_a_server_that_hangs_while_it_commits_may_have_done_it(
    own_postgresql: PostgreSQLServer, tmp_path: Path
) -> None:
    database = database_at(own_postgresql.new_database(), folder=tmp_path, timeout=SHIPPED)
    await once_it_works(lambda: database.write(have_table), but=AccountsUnavailable)

    def write_and_hang(connection: Connection) -> None:
        write(connection, "perhaps")
        own_postgresql.pause()

    with pytest.raises(AccountsUnavailable) as failed:
        await database.write(write_and_hang)
    own_postgresql.resume()

    assert failed.value.may_be_done
    assert await once_it_works(lambda: database.read(read), but=AccountsUnavailable) in (
        [],
        ["perhaps"],
    )
    await database.close()


async def test_a_process_ends_while_its_server_hangs(own_postgresql: PostgreSQLServer) -> None:
    url = own_postgresql.new_database()

    ended = await asyncio.to_thread(
        python, "-m", "tests.accounts.programs.hung", url, str(own_postgresql.pid)
    )
    own_postgresql.resume()

    assert ended.stdout == "AccountsUnavailable\n", ended.stderr
