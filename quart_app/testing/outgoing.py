"""What a browser adds to a request by itself, depending on where the request comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urljoin, urlsplit

from werkzeug.urls import iri_to_uri

from quart_app.testing.cookie_jar import CookieContext, is_address

Site = Literal["same-origin", "same-site", "cross-site", "none"]
"""Who asks: a page of ours, one of a sibling host, one of another site, or the address bar."""
Mode = Literal["navigate", "cors", "no-cors", "websocket"]
"""What for: a page, a script's `fetch`, an image or the like, a websocket."""

ELSEWHERE = "https://elsewhere.example"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
_TLS = ("https", "wss")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request on its way out of the browser."""

    method: str
    url: str
    site: Site
    mode: Mode
    initiator: str
    """The origin of the page that asks."""
    localhost_is_secure: bool = False

    @classmethod
    def asked(
        cls, method: str, url: str, *, site: Site, mode: Mode, localhost_is_secure: bool
    ) -> Outgoing:
        """A request by a page that stands in this relation to the URL."""
        uri = iri_to_uri(url).partition("#")[0]
        initiators = {
            "same-origin": _origin(uri),
            "same-site": f"https://sibling.{site_of(uri)}",
            "cross-site": ELSEWHERE,
            "none": "",
        }
        return cls(
            method=method,
            url=uri,
            site=site,
            mode=mode,
            initiator=initiators[site],
            localhost_is_secure=localhost_is_secure,
        )

    def redirected(self, status: int, location: str) -> Outgoing:
        """The request that a browser makes next. It stays one of the page that asked first."""
        url = iri_to_uri(urljoin(self.url, location)).partition("#")[0]
        becomes_get = (status == 303 and self.method != "HEAD") or (
            status in (301, 302) and self.method == "POST"
        )
        return replace(
            self, method="GET" if becomes_get else self.method, url=url, site=self._site_at(url)
        )

    def headers(self) -> Iterator[tuple[str, str]]:
        """Those that no page can set by itself."""
        if self._sends_origin():
            yield "Origin", self.initiator
        # Not every browser says more with a websocket, so no application can count on it.
        if self.mode == "websocket" or not (self._is_over_tls() or self._is_localhost()):
            return
        destinations = {"navigate": "document", "no-cors": "image"}
        yield "Sec-Fetch-Site", self.site
        yield "Sec-Fetch-Mode", self.mode
        yield "Sec-Fetch-Dest", destinations.get(self.mode, "empty")
        if self.mode == "navigate":
            yield "Sec-Fetch-User", "?1"

    def cookie_context(self) -> CookieContext:
        """What the cookie rules look at."""
        parts = urlsplit(self.url)
        is_cross_site, is_navigation = self.site == "cross-site", self.mode == "navigate"
        is_embedded = is_cross_site and not is_navigation
        return CookieContext(
            host=parts.hostname or "",
            path=parts.path or "/",
            secure=self._is_over_tls() or (self.localhost_is_secure and self._is_localhost()),
            cross_site=is_cross_site,
            is_navigation=is_navigation,
            is_safe=self.method in SAFE_METHODS,
            page_site=site_of(ELSEWHERE if is_embedded else self.url),
        )

    def _sends_origin(self) -> bool:
        if not self.initiator:
            return False
        asks_across = self.mode == "cors" and self.site != "same-origin"
        return asks_across or self.mode == "websocket" or self.method not in ("GET", "HEAD")

    def _site_at(self, url: str) -> Site:
        if self.site in ("none", "cross-site") or _origin(url) == _origin(self.url):
            return self.site
        # The same name under another scheme is another site.
        is_same_scheme = urlsplit(url).scheme == urlsplit(self.url).scheme
        return "same-site" if is_same_scheme and is_same_site(url, self.url) else "cross-site"

    def _is_over_tls(self) -> bool:
        return urlsplit(self.url).scheme in _TLS

    def _is_localhost(self) -> bool:
        host = urlsplit(self.url).hostname or ""
        return host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")


def site_of(url: str) -> str:
    """The name under which a site is registered, taken to be the last two parts of the host's."""
    host = urlsplit(url).hostname or ""
    return host if is_address(host) else ".".join(host.split(".")[-2:])


def is_same_site(one: str, other: str) -> bool:
    """Whether two URLs belong to one site, under whatever scheme."""
    return site_of(one) == site_of(other)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    # A page is never itself at ws: or wss:.
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    return f"{scheme}://{parts.netloc}"
