"""The tables as the code expects them; `migrations/` makes them so."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

# They may lie in a database that an application has tables of its own in.
PREFIX = "quart_app_"
VERSION_TABLE = f"{PREFIX}version"

METADATA = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_name)s",
        "uq": "%(table_name)s_%(column_0_name)s_key",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)
# SQLite counts by itself only what is its plain integer.
_COUNTED = BigInteger().with_variant(Integer, "sqlite")

ACCOUNTS = Table(
    f"{PREFIX}accounts",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("shown", String(100), nullable=False),
    Column("skeleton", String(400), nullable=False, unique=True),
    Column("handle", LargeBinary(32), nullable=False, unique=True),
    Column("mail", String(254)),
    Column("mail_confirmed_at", Double),
    Column("language", String(35)),
    Column("is_admin", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("disabled_at", Double),
    Column("epoch", Integer, nullable=False),
)
# Two accounts may claim an address; one can have it.
Index(
    f"{PREFIX}accounts_confirmed_mail",
    ACCOUNTS.c.mail,
    unique=True,
    sqlite_where=ACCOUNTS.c.mail_confirmed_at.is_not(None),
    postgresql_where=ACCOUNTS.c.mail_confirmed_at.is_not(None),
)

CREDENTIALS = Table(
    f"{PREFIX}credentials",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column(
        "account_id",
        String(32),
        ForeignKey(ACCOUNTS.c.id, ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("kind", String(32), nullable=False),
    Column("secret", Text, nullable=False),
    Column("created_at", Double, nullable=False),
)
Index(
    f"{PREFIX}credentials_one_password",
    CREDENTIALS.c.account_id,
    unique=True,
    sqlite_where=CREDENTIALS.c.kind == "password",
    postgresql_where=CREDENTIALS.c.kind == "password",
)

TOKENS = Table(
    f"{PREFIX}tokens",
    METADATA,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("purpose", String(32), nullable=False),
    # An invitation is for somebody who has none yet.
    Column("account_id", String(32), ForeignKey(ACCOUNTS.c.id, ondelete="CASCADE"), index=True),
    Column("sent_to", String(254)),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
)

ATTEMPTS = Table(
    f"{PREFIX}attempts",
    METADATA,
    Column("bucket", String(120), primary_key=True),
    Column("level", Double, nullable=False),
    Column("at", Double, nullable=False, index=True),
)

# Of accounts that are gone, too: hence no foreign key.
ENDINGS = Table(
    f"{PREFIX}endings",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("account_id", String(32), nullable=False, index=True),
    Column("reason", String(32), nullable=False),
    Column("keep", String(200)),
    Column("epoch", Integer, nullable=False),
    Column("at", Double, nullable=False, index=True),
)

EVENTS = Table(
    f"{PREFIX}events",
    METADATA,
    Column("id", _COUNTED, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("account_id", String(32), index=True),
    Column("name", String(100)),
    Column("actor", String(64), nullable=False),
    Column("device", String(200)),
    Column("network", String(64)),
)
