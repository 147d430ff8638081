"""Events: what happened to sign-ins, sessions, connections and the store, each a log line of its
own, which says why a sign-in was refused, and not for whom it was tried."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from logging import ERROR, INFO, WARNING
from typing import Any

from quart import has_request_context, request
from quart.wrappers.base import BaseRequestWebsocket as AnyRequest

from quart_app.login.account import Account
from quart_app.login.signals import session_ended, sign_in_refused, signed_in, signed_out
from quart_app.scope import SEEN, Scope
from quart_app.signals import (
    connection_refused,
    cross_site_refused,
    host_refused,
    proxy_not_trusted,
    store_found,
    store_lost,
)

WINDOW_SECONDS = 60.0
MOST_IN_A_WINDOW = 5
MOST_OF_A_HOST = 100

# Kinds of their own, so that one client's crowd does not hide that the server is full.
_LIMITS = {
    "all": "no room for more connections",
    "one address": "one address holds too many connections",
    "lasting": "no place for more open pages and websockets",
}

log = logging.getLogger("quart_app.events")


@dataclass(slots=True)
class _Kind:
    since: float
    shown: int = 0
    hidden: int = 0


class FewOfAKind:
    """Writes a few events of each kind in a minute, and counts the others, which cost next to
    nothing: they come in floods. The count goes with the next one, or into a line of its own when
    the minute is over."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kinds: dict[str, _Kind] = {}

    def tell(self, level: int, message: str, fields: Callable[[], Mapping[str, object]]) -> None:
        """Write it, or count it. Its fields are asked for only if it is written."""
        # Kinds are sentences of this file: there are never many.
        now = self._clock()
        kind = self._kinds.setdefault(message, _Kind(now))
        hidden = 0
        if now - kind.since >= WINDOW_SECONDS:
            hidden = kind.hidden
            kind.since, kind.shown, kind.hidden = now, 0, 0
        if kind.shown < MOST_IN_A_WINDOW:
            kind.shown += 1
            log.log(level, message, extra={**fields(), **_not_shown(hidden)})
            return
        kind.hidden += 1
        if kind.hidden == 1:
            rest = kind.since + WINDOW_SECONDS - now
            with suppress(RuntimeError):  # outside of an event loop the next one tells
                loop = asyncio.get_running_loop()
                loop.call_later(rest, self._tell_count, level, message, kind.since)

    def _tell_count(self, level: int, message: str, since: float) -> None:
        kind = self._kinds[message]
        if kind.since == since:  # else one that came after the minute has told the count
            hidden = kind.hidden
            kind.since, kind.shown, kind.hidden = self._clock(), 1, 0
            log.log(level, message, extra=_not_shown(hidden))


few = FewOfAKind()


def log_events() -> None:
    """From now on, in this process; to call it again changes nothing."""
    log.setLevel(INFO)  # whatever LOG_LEVEL says of others
    host_refused.connect(_on_host_refused)
    proxy_not_trusted.connect(_on_proxy_not_trusted)
    cross_site_refused.connect(_on_cross_site_refused)
    connection_refused.connect(_on_connection_refused)
    store_lost.connect(_on_store_lost)
    store_found.connect(_on_store_found)
    signed_in.connect(_on_signed_in)
    signed_out.connect(_on_signed_out)
    sign_in_refused.connect(_on_sign_in_refused)
    session_ended.connect(_on_session_ended)


def _on_host_refused(scope: Scope) -> None:
    def fields() -> dict[str, str]:
        names = b",".join(value for name, value in scope["headers"] if name == b"host")
        return {"host": names.decode("latin-1")[:MOST_OF_A_HOST], **_who(scope)}

    few.tell(WARNING, "unknown host", fields)


def _on_proxy_not_trusted(peer: str) -> None:
    message = "X-Forwarded-For of a peer that is not in TRUSTED_PROXIES"
    few.tell(WARNING, message, lambda: {"peer": peer})


def _on_cross_site_refused(asked: AnyRequest) -> None:
    def fields() -> dict[str, str]:
        told = {name: asked.headers.get(name, "-") for name in ("Sec-Fetch-Site", "Origin")}
        return {
            "path": asked.path,
            "site": told["Sec-Fetch-Site"],
            "origin": told["Origin"][:MOST_OF_A_HOST],
            **_who(asked.scope),
        }

    few.tell(WARNING, "cross-site request refused", fields)


def _on_connection_refused(limit: str, **seen: object) -> None:
    few.tell(WARNING, _LIMITS[limit], lambda: seen)


def _on_store_lost(name: str) -> None:
    few.tell(ERROR, "store down", lambda: {"store": name})


def _on_store_found(name: str) -> None:
    few.tell(WARNING, "store up again", lambda: {"store": name})


def _on_signed_in(_app: object, *, account: Account, method: str, key: str) -> None:
    def fields() -> dict[str, str]:
        return {"account": account.id, "method": method, "session": key[:12], **_who_asks()}

    few.tell(INFO, "signed in", fields)


def _on_signed_out(_app: object, *, account: Account, key: str) -> None:
    def fields() -> dict[str, str]:
        return {"account": account.id, "session": key[:12], **_who_asks()}

    few.tell(INFO, "signed out", fields)


def _on_sign_in_refused(_app: object, *, method: str, reason: str) -> None:
    def fields() -> dict[str, str]:
        return {"method": method, "reason": str(reason), **_who_asks()}

    few.tell(WARNING, "sign-in refused", fields)


def _on_session_ended(_app: object, *, key: str, owner: str, reason: str) -> None:
    def fields() -> dict[str, str]:
        return {"account": owner, "session": key[:12], "reason": str(reason), **_who_asks()}

    few.tell(INFO, "session ended", fields)


def _not_shown(count: int) -> dict[str, int]:
    return {"not_shown": count} if count else {}


def _who_asks() -> dict[str, str]:
    return _who(request.scope) if has_request_context() else {}


def _who(scope: Any) -> dict[str, str]:
    client, seen = scope.get("client"), scope.get(SEEN)
    who = {"peer": client[0] if client else "-"}
    # A scope of the testing kit's has no layer about it.
    return {**who, "request": seen.request_id} if seen is not None else who
