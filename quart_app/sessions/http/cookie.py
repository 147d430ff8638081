"""The one place that reads, sets and clears the session cookie."""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import product
from typing import TypedDict

from quart.wrappers import Response
from quart.wrappers.base import BaseRequestWebsocket
from werkzeug.http import dump_cookie
from werkzeug.wrappers import Response as WerkzeugResponse

from quart_app.sessions.held.cookie_attributes import CookieAttributes
from quart_app.sessions.held.tokens import has_token_shape
from quart_app.settings import SessionSettings

log = logging.getLogger(__name__)

AnyResponse = Response | WerkzeugResponse
# In the place of a token. The first there is: no cookie's name has an equals sign in it.
_NO_TOKEN = 43 * "T"
MOST_PARENTS = 5
MOST_FOLDERS = 3


class _Attributes(TypedDict):
    path: str
    domain: str | None
    secure: bool
    httponly: bool
    samesite: str
    partitioned: bool


class SessionCookie:
    """Browsers delete a cookie only if the deletion has the attributes that it was set with, so
    setting and clearing share them."""

    def __init__(self, settings: SessionSettings) -> None:
        self._name = settings.cookie_name
        self._secure = settings.cookie_secure
        self._has_warned = False
        self._attributes = _Attributes(
            path=settings.cookie_path,
            domain=settings.cookie_domain,
            secure=False,
            httponly=settings.cookie_httponly,
            samesite=settings.cookie_samesite,
            partitioned=settings.cookie_partitioned,
        )
        # Written out once: all but the token is the same each time.
        self._written = {over_tls: self._around_token(over_tls) for over_tls in (True, False)}

    def read(self, request: BaseRequestWebsocket) -> str | None:
        """The token, or `None` for no cookie and for anything that cannot be a token of ours."""
        values = set(request.cookies.getlist(self._name))
        if len(values) > 1:
            return None  # see `is_doubled`
        return next((value for value in values if has_token_shape(value)), None)

    def is_doubled(self, request: BaseRequestWebsocket) -> bool:
        """Whether there are several, none of which can be believed: an attacker who controls a
        sibling host may have put one in."""
        is_so = len(set(request.cookies.getlist(self._name))) > 1
        if is_so:
            reason = "two different values: over https, a name with __Host- keeps others from that"
            log.warning("session cookie refused: %s", reason, extra={"reason": reason})
        return is_so

    def set(
        self,
        response: AnyResponse,
        token: str,
        *,
        max_age: timedelta | None,
        over_tls: bool,
        wanted: CookieAttributes | None = None,
    ) -> None:
        """Have the browser keep the token until it closes, or for this long."""
        if self._secure is True and not over_tls and not self._has_warned:
            self._has_warned = True
            log.warning(
                "the session's cookie is for https, and this answer goes over http as far as is "
                "known here: if a proxy does TLS, have the application believe it; if nobody does, "
                "set SESSION_COOKIE_SECURE to 'auto'"
            )
        if max_age is None and wanted is None:
            before, after = self._written[over_tls]
            response.headers.add("Set-Cookie", f"{before}={token}{after}")
        else:
            attributes = self._for(over_tls, wanted)
            response.set_cookie(self._name, token, max_age=max_age, **attributes)

    def clear(self, response: AnyResponse, *, over_tls: bool) -> None:
        """Have the browser forget the token."""
        response.delete_cookie(self._name, **self._for(over_tls, None))

    def clear_others(self, response: AnyResponse, host: str, path: str, *, over_tls: bool) -> None:
        """Have the browser forget cookies of this name that sibling hosts, or other settings, may
        have set: for this host, each domain that it belongs to, and each path."""
        labels = host.lower().partition(":")[0].split(".")
        parents = [".".join(labels[at:]) for at in range(len(labels) - 1)][-MOST_PARENTS:]
        folders = [path[:at] for at, letter in enumerate(path) if at and letter == "/"]
        ours = (self._attributes["domain"] or "").lstrip(".").lower() or None
        for domain, folder in product((None, *parents), ("/", *folders[:MOST_FOLDERS], path)):
            if (domain, folder) != (ours, self._attributes["path"]):
                attributes = self._for(over_tls, None) | {"domain": domain, "path": folder}
                response.delete_cookie(self._name, **attributes)

    def _around_token(self, over_tls: bool) -> tuple[str, str]:
        written = dump_cookie(self._name, _NO_TOKEN, **self._for(over_tls, None))
        before, after = written.split(f"={_NO_TOKEN}", 1)
        return before, after

    def _for(self, over_tls: bool, wanted: CookieAttributes | None) -> _Attributes:
        attributes = self._attributes.copy()
        attributes["secure"] = over_tls if self._secure == "auto" else bool(self._secure)
        if wanted is not None:
            attributes["partitioned"] = wanted.partitioned
            if wanted.secure is not None:
                attributes["secure"] = wanted.secure
            if wanted.samesite is not None:
                attributes["samesite"] = wanted.samesite
        return attributes
