"""The settings of `quart_app.sessions`: names, defaults, reasons."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from quart_app.errors import ConfigurationError
from quart_app.settings.parsing import (
    DAY,
    HOUR,
    MINUTE,
    async_redis,
    declared,
    duration,
    file_mode,
    matching,
    names,
    one_of,
    or_none,
    parsed,
    path,
    setting,
    text,
    truth,
    truth_or_auto,
    whole_number,
)

# What Flask's tutorials and flask-login use.
USUAL_OWNER_KEYS = ("_user_id", "user_id", "username", "user", "name")
# What our own login pages use.
LOGIN_OWNER_KEY = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """What `quart_app.sessions` reads from `app.config`."""

    type: str = setting(
        "SESSION_TYPE",
        "filesystem",
        one_of("filesystem", "redis", "memory", "cookie"),
        "Where sessions are kept. Files need no server; `redis` serves several machines; `memory` "
        "is for tests; `cookie` is Quart's own signed cookie, readable by its user.",
    )
    data_dir: Path | None = setting(
        "DATA_DIR",
        None,
        or_none(path),
        "Where data is kept: sessions, accounts, and the secret key. By default Quart's instance "
        "folder, or the user's state folder where that would be in a virtual environment.",
    )
    file_dir: Path | None = setting(
        "SESSION_FILE_DIR",
        None,
        or_none(path),
        "Where the files lie. By default `sessions` in the data folder. On a local disk, and "
        "open to the server's user only.",
    )
    file_mode: int = setting(
        "SESSION_FILE_MODE",
        0o600,
        file_mode,
        "The mode of a session's file. Never wider than this.",
    )
    uri: str = setting(
        "SESSION_URI",
        "redis://localhost",
        text,
        "Which Redis or Valkey: `redis[s]://`, `unix://`, `redis[s]+cluster://host,host2` or "
        "`redis[s]+sentinel://host,host2/name-of-the-primary/0`.",
        is_secret=True,
    )
    redis: Any = setting(
        "SESSION_REDIS",
        None,
        async_redis,
        "A client of your own (`redis.asyncio`, or its `RedisCluster`) in place of a URI.",
    )
    redis_replicas: int | None = setting(
        "SESSION_REDIS_REPLICAS",
        0,
        or_none(whole_number),
        "How many replicas a sign-out waits for, a third of SESSION_STORE_TIMEOUT at most. Without "
        "it a failover undoes a sign-out that the promoted replica never got.",
    )
    key_prefix: str = setting(
        "SESSION_KEY_PREFIX", "session:", text, "How the keys of sessions begin in Redis."
    )
    store_timeout: timedelta = setting(
        "SESSION_STORE_TIMEOUT",
        timedelta(milliseconds=500),
        duration,
        "How long one call to the store may take before the request is answered with 503.",
    )
    sweep_interval: timedelta = setting(
        "SESSION_SWEEP_INTERVAL",
        5 * MINUTE,
        duration,
        "How often expired files are looked for. Expired sessions are dead at once in any case.",
    )
    sealed: bool = setting(
        "SESSION_SEALED",
        True,
        truth,
        "Encrypt what is stored with a key that only the browser's cookie holds.",
    )
    owner_keys: tuple[str, ...] | None = setting(
        "SESSION_OWNER_KEY",
        None,
        names,
        "Which entries say who is signed in: the first that is filled does. When it changes, the "
        "token does too, and what the session held before is gone. Unset, it is guessed: "
        f"{', '.join(map(repr, USUAL_OWNER_KEYS))}, and whatever looks like signing in; a guess "
        "gives a new token and drops nothing.",
    )
    sessions_per_owner: int | None = setting(
        "SESSIONS_PER_OWNER",
        100,
        or_none(whole_number),
        "How many sessions one owner may have, where SESSION_OWNER_KEY is set: of more, those "
        "longest unseen end, at one of the next sign-ins if it is many. 0: any number.",
    )
    permanent: bool = setting(
        "SESSION_PERMANENT",
        False,
        truth,
        "Whether a new session outlives the browser's window; `session.permanent` decides for one.",
    )
    idle: timedelta = setting(
        "SESSION_IDLE_LIFETIME",
        8 * HOUR,
        duration,
        "How long a browser-length session may rest: a working day's pause signs nobody out.",
    )
    absolute: timedelta = setting(
        "SESSION_ABSOLUTE_LIFETIME",
        7 * DAY,
        duration,
        "When a browser-length session ends in any case: some browsers never close.",
    )
    permanent_idle: timedelta = setting(
        "PERMANENT_SESSION_LIFETIME", 31 * DAY, duration, "How long a permanent session may rest."
    )
    permanent_absolute: timedelta = setting(
        "PERMANENT_SESSION_ABSOLUTE_LIFETIME",
        180 * DAY,
        duration,
        "When a permanent session ends in any case, so that a stolen token does.",
    )
    refresh_each_request: bool = setting(
        "SESSION_REFRESH_EACH_REQUEST",
        True,
        truth,
        "Whether reading keeps a session alive. If not, only changing it does.",
    )
    protection: bool = setting(
        "SESSION_PROTECTION",
        False,
        truth,
        "Bind a session to the address it began at. Off: people change networks.",
    )
    reverse_proxy: bool = setting(
        "SESSION_REVERSE_PROXY",
        False,
        truth,
        "For SESSION_PROTECTION: take the address that the proxy in front adds last to "
        "X-Forwarded-For.",
    )
    static_file: bool | str = setting(
        "SESSION_STATIC_FILE",
        "auto",
        truth_or_auto,
        "Open sessions for static files too. `auto`: only where the application has a "
        "`before_request` that might look at one; otherwise a style sheet costs no store call.",
    )
    cookie_name: str = setting(
        "SESSION_COOKIE_NAME",
        "session",
        matching(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", "letters, digits, - and _"),
        "The cookie. Over https prefer `__Host-session`, with SESSION_COOKIE_SECURE: no other "
        "host can then set it.",
    )
    cookie_secure: bool | str = setting(
        "SESSION_COOKIE_SECURE",
        False,
        truth_or_auto,
        "Send the cookie over https only. Turn on behind TLS. `auto`: for requests that came over "
        "https, as far as is known here.",
    )
    cookie_httponly: bool = setting(
        "SESSION_COOKIE_HTTPONLY", True, truth, "Keep the cookie from scripts."
    )
    cookie_samesite: str = setting(
        "SESSION_COOKIE_SAMESITE",
        "Lax",
        one_of("Lax", "Strict", "None"),
        "Which requests from other sites carry the cookie. Strict makes a link in a mail look "
        "signed out.",
    )
    cookie_partitioned: bool = setting(
        "SESSION_COOKIE_PARTITIONED", False, truth, "A cookie for each site that embeds this one."
    )
    cookie_domain: str | None = setting(
        "SESSION_COOKIE_DOMAIN",
        None,
        or_none(matching(r"\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", "a host name")),
        "Share the cookie with all hosts of a domain. Unset: this host only.",
    )
    cookie_path: str = setting(
        "SESSION_COOKIE_PATH",
        "/",
        matching(r"/[\x21-\x3a\x3c-\x7e]*", "a path that begins with /"),
        "Where the cookie is valid. By default APPLICATION_ROOT.",
    )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Read and check them all. Raises `ConfigurationError`."""
        values = parsed(cls, config)
        values.setdefault("cookie_path", config.get("APPLICATION_ROOT") or "/")
        settings = cls(**values)
        settings._check_cookie()
        return settings

    def _check_cookie(self) -> None:
        for prefix in ("__Host-", "__Secure-"):
            # Browsers take these in any case, and then keep to their rules.
            if self.cookie_name.lower().startswith(prefix.lower()) != self.cookie_name.startswith(
                prefix
            ):
                raise ConfigurationError(
                    f"SESSION_COOKIE_NAME is {self.cookie_name!r}: write it with {prefix}"
                )
        needs_secure = {
            "SESSION_COOKIE_NAME beginning with __Host-": self.cookie_name.startswith("__Host-"),
            "SESSION_COOKIE_NAME beginning with __Secure-": self.cookie_name.startswith(
                "__Secure-"
            ),
            "SESSION_COOKIE_SAMESITE = 'None'": self.cookie_samesite == "None",
            "SESSION_COOKIE_PARTITIONED": self.cookie_partitioned,
        }
        for what, is_so in needs_secure.items():
            if is_so and self.cookie_secure is not True:
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
    names = [item.metadata["name"] for item in declared(SessionSettings)]
    # What they all begin with would make them all look alike.
    known = {name.removeprefix("SESSION_"): name for name in names}
    unknown = {name for name in config if name.startswith("SESSION_")} - {*names, *WITHOUT_EFFECT}
    closest = {name: difflib.get_close_matches(name[len("SESSION_") :], known) for name in unknown}
    return {name: known[found[0]] if found else None for name, found in closest.items()}
