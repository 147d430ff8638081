"""A browser's cookies by the rules of RFC 6265bis; does no I/O and knows nothing of requests.

`http.cookiejar`, which other test clients use, sends a host's cookie to its subdomains too, takes a
Secure cookie over http and any `__Host-` name, knows no SameSite and no clock but the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import ip_address

from quart_app.testing.set_cookie import CookieRefused, SameSite, SetCookie, parse

# A cookie that says nothing of SameSite is Lax, but as Chromium does it, the RFC permitting: while
# it is new, other sites' forms carry it. A test should see what that leaves open.
UNSAFE_FOR = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """One cookie as a browser keeps it."""

    name: str
    value: str
    domain: str
    host_only: bool
    path: str
    created_at: float
    expires_at: float | None
    """`None` if it goes when the browser closes."""
    secure: bool
    http_only: bool
    same_site: SameSite
    partition: str | None
    """For a partitioned one, the site of the page in whose address bar it was set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A `Set-Cookie` line that a browser would not keep, and why."""

    line: str
    reason: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieContext:
    """Where a request goes and where it comes from, as far as cookies are concerned."""

    host: str
    path: str
    secure: bool
    cross_site: bool = False
    is_navigation: bool = True
    is_safe: bool = True
    page_site: str = ""
    """The site in the browser's address bar."""


class CookieJar:
    """All cookies of one browser."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        # A cookie that is set again keeps its place, so this order is that of creation.
        self._cookies: dict[tuple[object, ...], Cookie] = {}

    def __iter__(self) -> Iterator[Cookie]:
        self._keep(lambda cookie: not self._is_expired(cookie))
        return iter(tuple(self._cookies.values()))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return any(cookie.name == name for cookie in self)

    def get(self, name: str) -> Cookie | None:
        """The cookie of this name, the oldest if there are several; `None` if there is none."""
        return next((cookie for cookie in self if cookie.name == name), None)

    def store(self, line: str, context: CookieContext) -> None:
        """Do what a `Set-Cookie` line says. Raises `CookieRefused`."""
        said = parse(line, now=self._clock())
        domain, host_only = _domain_of(said, context.host)
        cookie = Cookie(
            name=said.name,
            value=said.value,
            domain=domain,
            host_only=host_only,
            path=said.path or _default_path(context.path),
            created_at=self._clock(),
            expires_at=said.ends_at,
            secure=said.secure,
            http_only=said.http_only,
            same_site=said.same_site,
            partition=context.page_site if said.partitioned else None,
        )
        self._check(cookie, context)
        _check_prefix(cookie, names_path=said.path is not None)
        key = (cookie.name, domain, host_only, cookie.path, cookie.partition)
        old = self._cookies.get(key, cookie)
        self._cookies[key] = replace(cookie, created_at=old.created_at)
        if self._is_expired(cookie):
            # Only a line with the same name, domain and path deletes a cookie.
            del self._cookies[key]

    def header_for(self, context: CookieContext) -> str:
        """What the request's Cookie header says; empty if there is to be none."""
        now = self._clock()
        sent = [cookie for cookie in self if _goes_along(cookie, context, now=now)]
        sent.sort(key=lambda cookie: -len(cookie.path))
        return "; ".join(
            f"{cookie.name}={cookie.value}" if cookie.name else cookie.value for cookie in sent
        )

    def close_browser(self) -> None:
        """Forget what does not outlive the browser's window."""
        self._keep(lambda cookie: cookie.expires_at is not None)

    def _keep(self, is_kept: Callable[[Cookie], bool]) -> None:
        self._cookies = {key: cookie for key, cookie in self._cookies.items() if is_kept(cookie)}

    def _is_expired(self, cookie: Cookie) -> bool:
        return cookie.expires_at is not None and cookie.expires_at <= self._clock()

    def _check(self, cookie: Cookie, context: CookieContext) -> None:
        if cookie.secure and not context.secure:
            raise CookieRefused("it is Secure, and came over plain http")
        if not (cookie.secure or context.secure) and self._would_hide_secure(cookie):
            raise CookieRefused("it came over plain http, and would hide a Secure one")
        if cookie.same_site == "None":
            if not cookie.secure:
                raise CookieRefused("SameSite=None needs Secure")
        elif context.cross_site and not context.is_navigation:
            raise CookieRefused("a page of another site asked for this: it needs SameSite=None")
        if cookie.partition is not None and not cookie.secure:
            raise CookieRefused("Partitioned needs Secure")

    def _would_hide_secure(self, new: Cookie) -> bool:
        return any(
            old.secure
            and old.name == new.name
            and (domain_matches(old.domain, new.domain) or domain_matches(new.domain, old.domain))
            and path_matches(new.path, old.path)
            for old in self
        )


def domain_matches(host: str, domain: str) -> bool:
    """Whether a cookie for this domain is one for this host."""
    return host == domain or (host.endswith(f".{domain}") and not is_address(host))


def path_matches(path: str, cookie_path: str) -> bool:
    """Whether a request for this path is within the cookie's."""
    return path == cookie_path or path.startswith(cookie_path.removesuffix("/") + "/")


def is_address(host: str) -> bool:
    """Whether a host is named by its number."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _goes_along(cookie: Cookie, context: CookieContext, *, now: float) -> bool:
    if cookie.host_only and context.host != cookie.domain:
        return False
    if not domain_matches(context.host, cookie.domain):
        return False
    if not path_matches(context.path, cookie.path):
        return False
    if cookie.secure and not context.secure:
        return False
    if cookie.partition not in (None, context.page_site):
        return False
    if cookie.same_site == "None" or not context.cross_site:
        return True
    if cookie.same_site == "Strict" or not context.is_navigation:
        return False
    is_new = now - cookie.created_at <= UNSAFE_FOR.total_seconds()
    return context.is_safe or (cookie.same_site == "Default" and is_new)


def _domain_of(said: SetCookie, host: str) -> tuple[str, bool]:
    """The domain, and whether it stands for that one host only."""
    if not said.domain:
        return host, True
    if not said.domain.isascii():
        raise CookieRefused("its Domain is not ASCII")
    # There are longer suffixes that belong to nobody, such as co.uk. A list of them is not kept
    # here: tests have names of their own.
    if "." not in said.domain or is_address(said.domain):
        if said.domain != host:
            raise CookieRefused(f"Domain={said.domain} is nobody's own")
        return host, True
    if not domain_matches(host, said.domain):
        raise CookieRefused(f"Domain={said.domain} is not that of {host}")
    return said.domain, False


def _default_path(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _check_prefix(cookie: Cookie, *, names_path: bool) -> None:
    # Servers that ignore case would take any spelling for a promise, so browsers do too.
    name = (cookie.name or cookie.value).lower()
    if not name.startswith(("__secure-", "__host-")):
        return
    if not cookie.name:
        raise CookieRefused("it has no name, and a value that looks like a name with a prefix")
    if not cookie.secure:
        raise CookieRefused(f"{cookie.name} needs Secure")
    if name.startswith("__host-") and not (cookie.host_only and names_path and cookie.path == "/"):
        raise CookieRefused(f"{cookie.name} needs Path=/ and no Domain")
