"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

_COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _make_accounts()
    _make_credentials()
    _make_tokens()
    _make_attempts()
    _make_endings()
    _make_events()


def _make_accounts() -> None:
    op.create_table(
        "quart_app_accounts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("shown", sa.String(100), nullable=False),
        sa.Column("skeleton", sa.String(400), nullable=False),
        sa.Column("handle", sa.LargeBinary(32), nullable=False),
        sa.Column("mail", sa.String(254)),
        sa.Column("mail_confirmed_at", sa.Double()),
        sa.Column("language", sa.String(35)),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("disabled_at", sa.Double()),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="quart_app_accounts_pkey"),
        sa.UniqueConstraint("name", name="quart_app_accounts_name_key"),
        sa.UniqueConstraint("skeleton", name="quart_app_accounts_skeleton_key"),
        sa.UniqueConstraint("handle", name="quart_app_accounts_handle_key"),
    )
    op.create_index(
        "quart_app_accounts_confirmed_mail",
        "quart_app_accounts",
        ["mail"],
        unique=True,
        sqlite_where=sa.text("mail_confirmed_at IS NOT NULL"),
        postgresql_where=sa.text("mail_confirmed_at IS NOT NULL"),
    )


def _make_credentials() -> None:
    op.create_table(
        "quart_app_credentials",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="quart_app_credentials_pkey"),
        _belongs_to_an_account("quart_app_credentials"),
    )
    op.create_index("quart_app_credentials_account_id", "quart_app_credentials", ["account_id"])
    op.create_index(
        "quart_app_credentials_one_password",
        "quart_app_credentials",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'password'"),
        postgresql_where=sa.text("kind = 'password'"),
    )


def _make_tokens() -> None:
    op.create_table(
        "quart_app_tokens",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(32)),
        sa.Column("sent_to", sa.String(254)),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="quart_app_tokens_pkey"),
        _belongs_to_an_account("quart_app_tokens"),
    )
    op.create_index("quart_app_tokens_account_id", "quart_app_tokens", ["account_id"])
    op.create_index("quart_app_tokens_expires_at", "quart_app_tokens", ["expires_at"])


def _make_attempts() -> None:
    op.create_table(
        "quart_app_attempts",
        sa.Column("bucket", sa.String(120), nullable=False),
        sa.Column("level", sa.Double(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name="quart_app_attempts_pkey"),
    )
    op.create_index("quart_app_attempts_at", "quart_app_attempts", ["at"])


def _make_endings() -> None:
    op.create_table(
        "quart_app_endings",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("keep", sa.String(200)),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="quart_app_endings_pkey"),
    )
    op.create_index("quart_app_endings_account_id", "quart_app_endings", ["account_id"])
    op.create_index("quart_app_endings_at", "quart_app_endings", ["at"])


def _make_events() -> None:
    op.create_table(
        "quart_app_events",
        sa.Column("id", _COUNTED, autoincrement=True, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(32)),
        sa.Column("name", sa.String(100)),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("device", sa.String(200)),
        sa.Column("network", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="quart_app_events_pkey"),
    )
    op.create_index("quart_app_events_at", "quart_app_events", ["at"])
    op.create_index("quart_app_events_account_id", "quart_app_events", ["account_id"])


def _belongs_to_an_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"],
        ["quart_app_accounts.id"],
        name=f"{table}_account_id_fkey",
        ondelete="CASCADE",
    )
