"""The settings of `quart_app.accounts`: names, defaults, reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from quart_app.settings.parsing import (
    duration,
    or_none,
    parsed,
    path,
    quoted_text,
    setting,
    whole_number,
)


def _service(value: Any) -> str:
    with suppress(TypeError, ValueError, AttributeError):  # no text, or a port that there is not
        parts = urlsplit(value)
        is_whole = parts.hostname and parts.port != 0 and not (parts.query or parts.fragment)
        if is_whole and parts.scheme in ("http", "https") and not re.search(r"\s", value):
            return str(value)
    raise ValueError("an address, such as 'https://host/range'")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsSettings:
    """What `quart_app.accounts` reads from `app.config`."""

    database_url: str | None = setting(
        "DATABASE_URL",
        None,
        or_none(quoted_text),
        "Where accounts are kept: `postgresql://user:password@host/database` for several machines, "
        "which need sessions in Redis, too. By default in `accounts.sqlite3` in the data folder.",
        is_secret=True,
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
        or_none(_service),
        "A service that says of five digits of a hash which passwords were in a breach. Asked "
        "where one is set, never where one signs in; unset, none is.",
        is_secret=True,
    )
    password_import_salt: str | None = setting(
        "PASSWORD_IMPORT_SALT",
        None,
        or_none(quoted_text),
        "Flask-Security's SECURITY_PASSWORD_SALT, for hashes that were imported from there and not "
        "used yet.",
        is_secret=True,
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
