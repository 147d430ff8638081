"""Every setting: its name, its default and its reason."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from quart_app.errors import ConfigurationError

Parse = Callable[[Any], Any]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def _setting(name: str, default: Any, parse: Parse, reason: str) -> Any:
    return field(default=default, metadata={"name": name, "parse": parse, "reason": reason})


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("True or False, in the environment true or false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a text")
    return value


def _path(value: Any) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("a path")
    return Path(value)


def _mode(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value & ~0o600 or not value & 0o600:
        raise ValueError("0o600: only the server itself reads sessions")
    return value


def _duration(value: Any) -> timedelta:
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):  # not a number, or more than there is
            value = timedelta(seconds=value)
    if not isinstance(value, timedelta) or value <= timedelta():
        raise ValueError("a positive number of seconds, or a timedelta")
    return value


def _names(value: Any) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value
    if (
        not isinstance(names, Collection)
        or not names
        or not all(isinstance(name, str) and name for name in names)
    ):
        raise ValueError("a name, or several")
    return tuple(names)


def _one_of(*choices: str) -> Parse:
    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(" or ".join(map(repr, choices)))
        return str(value)

    return parse


def _anything(value: Any) -> Any:
    return value


def _or_none(parse: Parse) -> Parse:
    def parse_or_none(value: Any) -> Any:
        return parse(value) if value else None

    return parse_or_none


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """What `quart_app.sessions` reads from `app.config`."""

    type: str = _setting(
        "SESSION_TYPE",
        "filesystem",
        _one_of("filesystem", "redis", "memory", "cookie"),
        "Where sessions are kept. Files need no server; `redis` serves several machines; `memory` "
        "is for tests; `cookie` is Quart's own signed cookie, readable by its user.",
    )
    data_dir: Path | None = _setting(
        "DATA_DIR",
        None,
        _or_none(_path),
        "Where the application keeps its data. By default Quart's instance folder.",
    )
    file_dir: Path | None = _setting(
        "SESSION_FILE_DIR",
        None,
        _or_none(_path),
        "Where the files lie. By default `sessions` in the data folder. On a local disk, and "
        "open to the server's user only.",
    )
    file_mode: int = _setting(
        "SESSION_FILE_MODE", 0o600, _mode, "The mode of a session's file. Never wider than this."
    )
    uri: str = _setting(
        "SESSION_URI",
        "redis://localhost",
        _text,
        "Which Redis or Valkey: `redis[s]://` or `unix://`.",
    )
    redis: Any = _setting(
        "SESSION_REDIS",
        None,
        _anything,
        "A client of your own (`redis.asyncio`, or its `RedisCluster`) in place of a URI.",
    )
    key_prefix: str = _setting(
        "SESSION_KEY_PREFIX", "session:", _text, "How the keys of sessions begin in Redis."
    )
    store_timeout: timedelta = _setting(
        "SESSION_STORE_TIMEOUT",
        timedelta(milliseconds=500),
        _duration,
        "How long one call to the store may take before the request is answered with 503.",
    )
    sweep_interval: timedelta = _setting(
        "SESSION_SWEEP_INTERVAL",
        5 * MINUTE,
        _duration,
        "How often expired files are looked for. Expired sessions are dead at once in any case.",
    )
    sealed: bool = _setting(
        "SESSION_SEALED",
        True,
        _bool,
        "Encrypt what is stored with a key that only the browser's cookie holds.",
    )
    owner_keys: tuple[str, ...] = _setting(
        "SESSION_OWNER_KEY",
        ("_user_id", "user_id", "username", "user", "name"),
        _names,
        "Which entries say who is signed in: the first that is filled does. When it changes, the "
        "token does too. The default is what Flask's tutorials and flask-login use.",
    )
    permanent: bool = _setting(
        "SESSION_PERMANENT",
        False,
        _bool,
        "Whether a new session outlives the browser's window; `session.permanent` decides for one.",
    )
    idle: timedelta = _setting(
        "SESSION_IDLE_LIFETIME",
        8 * HOUR,
        _duration,
        "How long a browser-length session may rest: a working day's pause signs nobody out.",
    )
    absolute: timedelta = _setting(
        "SESSION_ABSOLUTE_LIFETIME",
        7 * DAY,
        _duration,
        "When a browser-length session ends in any case: some browsers never close.",
    )
    permanent_idle: timedelta = _setting(
        "PERMANENT_SESSION_LIFETIME", 31 * DAY, _duration, "How long a permanent session may rest."
    )
    permanent_absolute: timedelta = _setting(
        "PERMANENT_SESSION_ABSOLUTE_LIFETIME",
        180 * DAY,
        _duration,
        "When a permanent session ends in any case, so that a stolen token does.",
    )
    refresh_each_request: bool = _setting(
        "SESSION_REFRESH_EACH_REQUEST",
        True,
        _bool,
        "Whether reading keeps a permanent session alive. If not, only changing it does.",
    )
    protection: bool = _setting(
        "SESSION_PROTECTION",
        False,
        _bool,
        "Bind a session to the address it began at. Off: people change networks.",
    )
    reverse_proxy: bool = _setting(
        "SESSION_REVERSE_PROXY",
        False,
        _bool,
        "For SESSION_PROTECTION: take the address that the proxy in front adds last to "
        "X-Forwarded-For.",
    )
    static_file: bool = _setting(
        "SESSION_STATIC_FILE",
        False,
        _bool,
        "Open sessions for static files too. Off: a style sheet costs no store call.",
    )
    cookie_name: str = _setting(
        "SESSION_COOKIE_NAME",
        "session",
        _text,
        "The cookie. Over https prefer `__Host-session`, with SESSION_COOKIE_SECURE: no other "
        "host can then set it.",
    )
    cookie_secure: bool = _setting(
        "SESSION_COOKIE_SECURE",
        False,
        _bool,
        "Send the cookie over https only. Turn on behind TLS.",
    )
    cookie_httponly: bool = _setting(
        "SESSION_COOKIE_HTTPONLY", True, _bool, "Keep the cookie from scripts."
    )
    cookie_samesite: str = _setting(
        "SESSION_COOKIE_SAMESITE",
        "Lax",
        _one_of("Lax", "Strict", "None"),
        "Which requests from other sites carry the cookie. Strict makes a link in a mail look "
        "signed out.",
    )
    cookie_partitioned: bool = _setting(
        "SESSION_COOKIE_PARTITIONED", False, _bool, "A cookie for each site that embeds this one."
    )
    cookie_domain: str | None = _setting(
        "SESSION_COOKIE_DOMAIN",
        None,
        _or_none(_text),
        "Share the cookie with all hosts of a domain. Unset: this host only.",
    )
    cookie_path: str = _setting(
        "SESSION_COOKIE_PATH", "/", _text, "Where the cookie is valid. By default APPLICATION_ROOT."
    )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Read and check them all. Raises `ConfigurationError`, one line with the cure."""
        values = {}
        for item in fields(cls):
            name, value = item.metadata["name"], config.get(item.metadata["name"])
            # Quart's own defaults say None where it has no opinion.
            if value is not None:
                try:
                    values[item.name] = item.metadata["parse"](value)
                except ValueError as exc:
                    raise ConfigurationError(f"{name} is {value!r}: set it to {exc}") from None
        values.setdefault("cookie_path", config.get("APPLICATION_ROOT") or "/")
        settings = cls(**values)
        settings._check_cookie()
        return settings

    def _check_cookie(self) -> None:
        needs_secure = {
            "SESSION_COOKIE_NAME beginning with __Host-": self.cookie_name.startswith("__Host-"),
            "SESSION_COOKIE_NAME beginning with __Secure-": self.cookie_name.startswith(
                "__Secure-"
            ),
            "SESSION_COOKIE_SAMESITE = 'None'": self.cookie_samesite == "None",
            "SESSION_COOKIE_PARTITIONED": self.cookie_partitioned,
        }
        for what, is_so in needs_secure.items():
            if is_so and not self.cookie_secure:
                raise ConfigurationError(f"{what} needs SESSION_COOKIE_SECURE: set it to True")
        is_for_host = self.cookie_name.startswith("__Host-")
        if is_for_host and (self.cookie_domain or self.cookie_path != "/"):
            raise ConfigurationError(
                "SESSION_COOKIE_NAME beginning with __Host- is for a whole host: unset "
                "SESSION_COOKIE_DOMAIN, and set SESSION_COOKIE_PATH to '/'"
            )


# Names of quart-session and Flask-Session that are accepted and have nothing to do any more.
WITHOUT_EFFECT = {
    "SESSION_USE_SIGNER": "a token of 256 random bits cannot be guessed, signed or not",
    "SESSION_ID_LENGTH": "every token has 256 random bits",
    "SESSION_FILE_THRESHOLD": "there is no cap on sessions, so none is thrown out",
    "SESSION_EXPLICIT": "an unchanged session is never written",
    "SESSION_SERIALIZATION_FORMAT": "values are always kept as tagged JSON",
}


def unknown_names(config: Mapping[str, Any]) -> dict[str, str | None]:
    """Names that look like ours and are not, each with the one that may have been meant."""
    names = [item.metadata["name"] for item in fields(SessionSettings)]
    # What they all begin with would make them all look alike.
    known = {name.removeprefix("SESSION_"): name for name in names}
    unknown = {name for name in config if name.startswith("SESSION_")} - {*names, *WITHOUT_EFFECT}
    closest = {name: difflib.get_close_matches(name[len("SESSION_") :], known) for name in unknown}
    return {name: known[found[0]] if found else None for name, found in closest.items()}
