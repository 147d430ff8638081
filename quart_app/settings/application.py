"""The settings of the login pages and of `quart-app serve`: names, defaults, reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Self

from quart_app.settings import secret_key
from quart_app.settings.parsing import (
    duration,
    key,
    names,
    or_none,
    parsed,
    setting,
    text,
    truth,
    whole_number,
)

HSTS = "max-age=63072000"
_HSTS = re.compile(
    r"max-age=\d{1,10}(; ?includeSubDomains)?(; ?preload)?", re.ASCII | re.IGNORECASE
)
Network = IPv4Network | IPv6Network
# In the place of a network: who has no address.
UNIX = "unix"

# A path of our own site: printable ASCII without the backslash, which browsers read as a slash, and
# not //host.
OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,511}", re.ASCII)
_HOST = re.compile(r"\.?(?:[a-z0-9_-]+\.)*[a-z0-9_-]+|\[[0-9a-f:.]+\]", re.ASCII | re.IGNORECASE)
# The environment has lists as JSON.
_LIST = 'several as a list, such as ["…", "…"]'


def _own_path(value: Any) -> str:
    if not isinstance(value, str) or not OWN_PATH.fullmatch(value):
        raise ValueError("a path of this site, such as '/user'")
    return value


def _hosts(value: Any) -> tuple[str, ...]:
    if not all(_HOST.fullmatch(name) for name in names(value)):
        raise ValueError(f"host names without port, such as 'example.org'; {_LIST}")
    return names(value)


def _keys(value: Any) -> tuple[str | bytes, ...]:
    # One text would be taken for a list of keys of one letter each.
    if not isinstance(value, list | tuple) or not all(
        isinstance(key, str | bytes) and len(key) >= secret_key.SHORTEST for key in value
    ):
        raise ValueError(f"a list of texts of at least {secret_key.SHORTEST} characters")
    return tuple(value)


def _proxies(value: Any) -> tuple[Network | str, ...]:
    try:
        return tuple(name if name == UNIX else ip_network(name) for name in names(value))
    except ValueError:
        raise ValueError(
            f"addresses or networks, such as '10.0.0.0/8', or {UNIX!r}; {_LIST}"
        ) from None


def _hsts(value: Any) -> str | None:
    if value is False or value == "off":
        return None
    if not isinstance(value, str) or not _HSTS.fullmatch(value):
        raise ValueError(f"{HSTS!r}, with '; includeSubDomains' if that is meant, or 'off'")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationSettings:
    """What the login pages and the server read from `app.config`."""

    secret_key: str | bytes | None = setting(
        "SECRET_KEY",
        None,
        or_none(key),
        "Signs what a visitor without session carries. By default made at the first start and kept "
        "in the data folder.",
        is_secret=True,
    )
    secret_key_fallbacks: tuple[str | bytes, ...] = setting(
        "SECRET_KEY_FALLBACKS",
        (),
        or_none(_keys),
        "Earlier secret keys, in a list: what was signed with them still counts.",
        is_secret=True,
    )
    home_public: bool = setting(
        "HOME_PUBLIC",
        False,
        truth,
        "Whether visitors see the home page, or are sent to log in.",
    )
    login_redirect: str = setting(
        "LOGIN_REDIRECT",
        "/",
        _own_path,
        "Where logging in leads when it was not on the way to a page.",
    )
    logout_redirect: str = setting("LOGOUT_REDIRECT", "/", _own_path, "Where logging out leads.")
    default_language: str = setting(
        "DEFAULT_LANGUAGE", "en", text, "For visitors whose browser asks for none that there is."
    )
    trusted_hosts: tuple[str, ...] = setting(
        "TRUSTED_HOSTS",
        (),
        or_none(_hosts),
        "Which host names this site answers to; `.example.org` is for it and all below it. Empty: "
        "any. Set it where anybody can reach the server.",
    )
    trusted_proxies: tuple[Network | str, ...] = setting(
        "TRUSTED_PROXIES",
        (),
        or_none(_proxies),
        "The proxies in front: only theirs are the X-Forwarded-For and -Proto that are believed. "
        "`unix` are those that come through a `unix:` address, and have none themselves.",
    )
    hsts: str | None = setting(
        "HSTS",
        None,
        _hsts,
        "What browsers that came over https are told of it, as `max-age=…`; `off`: nothing. "
        "`quart-app serve` tells them to come no other way for two years: for this name, and not "
        "for others below it, unless `; includeSubDomains` is added.",
    )
    max_content_length: int = setting(
        "MAX_CONTENT_LENGTH",
        64 * 1024,
        whole_number,
        "How many bytes a request may bring. A form with a name in it is small.",
    )
    body_timeout: timedelta = setting(
        "BODY_TIMEOUT", timedelta(seconds=10), duration, "How long a request's body may take."
    )
    response_timeout: timedelta = setting(
        "RESPONSE_TIMEOUT", timedelta(seconds=60), duration, "How long sending an answer may take."
    )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Read and check them all. Raises `ConfigurationError`."""
        values = {name: value for name, value in parsed(cls, config).items() if value is not None}
        return cls(**values)
