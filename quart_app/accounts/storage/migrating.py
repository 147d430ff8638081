"""Brings the tables to the state that the code expects, forwards only, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from quart_app.accounts.storage.tables import VERSION_TABLE
from quart_app.errors import ConfigurationError

_FOLDER = Path(__file__).with_name("migrations")
VERSIONS = (_FOLDER / "versions",)


def is_up_to_date(connection: Connection, *, versions: Sequence[Path] = VERSIONS) -> bool:
    """Whether there is nothing to do. Raises `ConfigurationError` for tables of newer code."""
    steps, now = scripts(versions), version_of(connection)
    if now is not None and now not in {each.revision for each in steps.walk_revisions()}:
        raise ConfigurationError(
            f"the accounts' database is of a newer version ({now}) than this code: install that "
            "version again, or bring back a copy of the database from before"
        )
    return now == steps.get_current_head()


def version_of(connection: Connection) -> str | None:
    """That of the tables; `None` where there are none."""
    return MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE}
    ).get_current_revision()


def scripts(versions: Sequence[Path] = VERSIONS) -> ScriptDirectory:
    """The steps that there are."""
    return ScriptDirectory.from_config(_configuration(versions))


def upgrade(
    connection: Connection, *, to: str = "head", versions: Sequence[Path] = VERSIONS
) -> None:
    """Do what is to be done, in the caller's transaction, which has the lock."""
    configuration = _configuration(versions)
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, to)


def _configuration(versions: Sequence[Path]) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", _written(_FOLDER))
    configuration.set_main_option("path_separator", "newline")
    configuration.set_main_option("version_locations", "\n".join(map(_written, versions)))
    return configuration


def _written(path: Path) -> str:
    # To Alembic's reader of settings, % begins the name of another one.
    return str(path).replace("%", "%%")
