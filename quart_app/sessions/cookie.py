"""The one place that reads, sets and clears the session cookie."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TypedDict

from quart.wrappers import Response
from quart.wrappers.base import BaseRequestWebsocket
from werkzeug.http import dump_cookie
from werkzeug.wrappers import Response as WerkzeugResponse

from quart_app.sessions.tokens import has_token_shape
from quart_app.settings import SessionSettings

log = logging.getLogger(__name__)

AnyResponse = Response | WerkzeugResponse
# In the place of a token. The first there is: no cookie's name has an equals sign in it.
_NO_TOKEN = 43 * "T"


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
        self._attributes = _Attributes(
            path=settings.cookie_path,
            domain=settings.cookie_domain,
            secure=settings.cookie_secure,
            httponly=settings.cookie_httponly,
            samesite=settings.cookie_samesite,
            partitioned=settings.cookie_partitioned,
        )
        # Written out once: all but the token is the same each time.
        written = dump_cookie(self._name, _NO_TOKEN, **self._attributes)
        self._before, self._after = written.split(f"={_NO_TOKEN}", 1)

    def read(self, request: BaseRequestWebsocket) -> str | None:
        """The token, or `None` for no cookie and for anything that cannot be a token of ours."""
        values = set(request.cookies.getlist(self._name))
        if len(values) > 1:
            # Somebody who controls a sibling host has put a second one in.
            log.warning("session cookie refused", extra={"reason": "two different values"})
            return None
        return next((value for value in values if has_token_shape(value)), None)

    def set(self, response: AnyResponse, token: str, *, max_age: timedelta | None) -> None:
        """Have the browser keep the token until it closes, or for this long."""
        if max_age is None:
            response.headers.add("Set-Cookie", f"{self._before}={token}{self._after}")
        else:
            response.set_cookie(self._name, token, max_age=max_age, **self._attributes)

    def clear(self, response: AnyResponse) -> None:
        """Have the browser forget the token."""
        response.delete_cookie(self._name, **self._attributes)
