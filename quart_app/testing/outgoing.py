"""What a browser adds to a request by itself, depending on where the request comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args
from urllib.parse import urljoin, urlsplit

from werkzeug.urls import iri_to_uri

from quart_app.testing.cookie_jar import CookieContext, is_address

Site = Literal["same-origin", "same-site", "cross-site", "none"]
"""Who asks: a page of ours, one of a sibling host, one of another site, or the address bar."""
Mode = Literal["navigate", "cors", "no-cors"]
"""What for: a page, a script's `fetch`, an image or the like."""
ModeOrWebsocket = Mode | Literal["websocket"]

ELSEWHERE = "https://elsewhere.example"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
_TLS = ("https", "wss")
_ACCEPT = {
    "navigate": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "no-cors": "image/avif,image/webp,image/png,image/*;q=0.8,*/*;q=0.5",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request on its way out of the browser."""

    method: str
    url: str
    site: Site
    mode: ModeOrWebsocket
    page: str
    """The URL of the page that asks; empty if the address was typed."""
    tells_page: bool = True
    localhost_is_secure: bool = False

    @classmethod
    def asked(
        cls,
        method: str,
        url: str,
        *,
        site: Site,
        mode: ModeOrWebsocket,
        referer: str | None = None,
        last_page: str = "",
        localhost_is_secure: bool = False,
    ) -> Outgoing:
        """A request by a page that stands in this relation to the URL: by `referer`, else by
        `last_page` if that is such a page. Raises `ValueError` if there is no such `site`, or
        if `referer` is not of it."""
        require_choice("site", site, get_args(Site))
        uri = _to_ask_for(url)
        page = _to_ask_for(referer) if referer else _page_that_asks(uri, site, last_page)
        if referer and (is_really := _relation(page, uri)) != site:
            raise ValueError(f"site={site!r} does not fit referer={page!r}, which is {is_really}")
        return cls(
            method=method,
            url=uri,
            site=site,
            mode=mode,
            page=page,
            tells_page=referer != "",
            localhost_is_secure=localhost_is_secure,
        )

    @property
    def initiator(self) -> str:
        """The origin of the page that asks; empty if the address was typed."""
        return _origin(self.page) if self.page else ""

    def opens_page(self, status: int) -> bool:
        """Whether the browser shows what is answered with this status in place of its page."""
        stays = status in (204, 205) or 300 <= status < 400
        return self.mode == "navigate" and self.method != "HEAD" and not stays

    def redirected(self, status: int, location: str) -> Outgoing:
        """The request that a browser makes next. It stays one of the page that asked first."""
        url = _to_ask_for(urljoin(self.url, location))
        becomes_get = (status == 303 and self.method != "HEAD") or (
            status in (301, 302) and self.method == "POST"
        )
        return replace(
            self, method="GET" if becomes_get else self.method, url=url, site=self._site_at(url)
        )

    def headers(self) -> Iterator[tuple[str, str]]:
        """Those that a browser sets by itself."""
        yield "Accept", _ACCEPT.get(self.mode, "*/*")
        if self._sends_origin():
            yield "Origin", self.initiator
        if referer := self._referer():
            yield "Referer", referer
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

    def _referer(self) -> str:
        """By the policy that browsers have where a page asks for no other:
        strict-origin-when-cross-origin. Empty if nothing is to be told."""
        if not (self.page and self.tells_page) or self.mode == "websocket":
            return ""
        if self.initiator == _origin(self.url):
            return self.page
        is_secret = urlsplit(self.page).scheme in _TLS
        is_overheard = not (self._is_over_tls() or self._is_localhost())
        return "" if is_secret and is_overheard else f"{self.initiator}/"

    def _site_at(self, url: str) -> Site:
        if self.site in ("none", "cross-site") or _origin(url) == _origin(self.url):
            return self.site
        return _relation(self.url, url)

    def _is_over_tls(self) -> bool:
        return urlsplit(self.url).scheme in _TLS

    def _is_localhost(self) -> bool:
        host = urlsplit(self.url).hostname or ""
        return host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")


def require_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raises `ValueError` if it is none of them."""
    if value not in choices:
        raise ValueError(f"{name}={value!r} is none of {', '.join(map(repr, choices))}")


def site_of(url: str) -> str:
    """The name under which a site is registered, taken to be the last two parts of the host's."""
    host = urlsplit(url).hostname or ""
    return host if is_address(host) else ".".join(host.split(".")[-2:])


def is_same_site(one: str, other: str) -> bool:
    """Whether two URLs belong to one site, under whatever scheme."""
    return site_of(one) == site_of(other)


def _page_that_asks(url: str, site: Site, last_page: str) -> str:
    origin = _origin(url)
    scheme = urlsplit(origin).scheme
    pages = {
        "same-origin": last_page if _origin(last_page) == origin else f"{origin}/",
        "same-site": f"{scheme}://sibling.{site_of(url)}/",
        "cross-site": f"{ELSEWHERE}/",
        "none": "",
    }
    return pages[site]


def _relation(page: str, url: str) -> Site:
    """What a page is to a URL."""
    ours, theirs = _origin(url), _origin(page)
    if ours == theirs:
        return "same-origin"
    # The same name under another scheme is another site.
    is_same_scheme = urlsplit(ours).scheme == urlsplit(theirs).scheme
    return "same-site" if is_same_scheme and is_same_site(page, url) else "cross-site"


def _to_ask_for(url: str) -> str:
    """As it goes over the wire."""
    return iri_to_uri(url).partition("#")[0]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    # A page is never itself at ws: or wss:.
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    return f"{scheme}://{parts.netloc}"
