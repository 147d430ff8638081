"""The settings of `quart_app.accounts`: names, defaults, reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from quart_app.errors import ConfigurationError
from quart_app.settings.parsing import (
    duration,
    matching,
    or_none,
    parsed,
    path,
    setting,
    whole_number,
)


def _private(name: str) -> Any:
    def parse(value: Any) -> str:
        if not isinstance(value, str):
            # Without the value: this line ends up in logs.
            raise ConfigurationError(f"{name} is not a text: put it between quotes")
        return value

    return or_none(parse)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsSettings:
    """What `quart_app.accounts` reads from `app.config`."""

    database_url: str | None = setting(
        "DATABASE_URL",
        None,
        _private("DATABASE_URL"),
        "Where accounts are kept: `postgresql://user:password@host/database` for several machines. "
        "By default in `accounts.sqlite3` in the data folder.",
    )
    database_timeout: timedelta = setting(
        "DATABASE_TIMEOUT",
        timedelta(milliseconds=800),
        duration,
        "How long one call to that database may take before the request is answered with 503.",
    )
    password_blocklist: Path | None = setting(
        "PASSWORD_BLOCKLIST",
        None,
        or_none(path),
        "A file of passwords that are refused, one a line, beside those that everybody knows.",
    )
    password_breach_url: str | None = setting(
        "PASSWORD_BREACH_URL",
        None,
        or_none(matching(r"https?://[^\s?#]+", "an address, such as 'https://host/range'")),
        "A service that says of five digits of a hash which passwords were in a breach. Asked "
        "where one is set, never where one signs in; unset, none is.",
    )
    password_import_salt: str | None = setting(
        "PASSWORD_IMPORT_SALT",
        None,
        _private("PASSWORD_IMPORT_SALT"),
        "Flask-Security's SECURITY_PASSWORD_SALT, for hashes that were imported from there and not "
        "used yet.",
    )
    hashing_threads: int | None = setting(
        "HASHING_THREADS",
        None,
        or_none(whole_number),
        "How many passwords a worker checks at once, each with 19 MiB. By default its share of the "
        "machine's processors.",
    )
    audit_days: int = setting(
        "AUDIT_DAYS",
        180,
        whole_number,
        "How many days the events of accounts are kept.",
    )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Read and check them all. Raises `ConfigurationError`."""
        return cls(**parsed(cls, config))
