"""Reads a `Set-Cookie` line by the rules of RFC 6265bis; does not decide what to keep of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

SameSite = Literal["Strict", "Lax", "None", "Default"]

MOST_OCTETS = 4096
MOST_ATTRIBUTE_OCTETS = 1024
LONGEST_LIFE = timedelta(days=400)
LONG_AGO = float("-inf")

_BLANKS = " \t"
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_MAX_AGE = re.compile(r"-?[0-9]+")
_SAME_SITE: dict[str, SameSite] = {"strict": "Strict", "lax": "Lax", "none": "None"}

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BETWEEN_DATE_TOKENS = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[^0-9].*)?", re.DOTALL)
_DAY = re.compile(r"([0-9]{1,2})(?:[^0-9].*)?", re.DOTALL)
_YEAR = re.compile(r"([0-9]{2,4})(?:[^0-9].*)?", re.DOTALL)


class CookieRefused(ValueError):
    """A browser ignores this line. The message says why."""


@dataclass(slots=True, kw_only=True)
class SetCookie:
    """One line as the server meant it."""

    name: str
    value: str
    max_age_ends_at: float | None = None
    expires_at: float | None = None
    domain: str = ""
    path: str | None = None
    """`None` if nothing is said, empty if it is no path: both stand for the default."""
    secure: bool = False
    http_only: bool = False
    same_site: SameSite = "Default"
    partitioned: bool = False

    @property
    def ends_at(self) -> float | None:
        """When it expires; `None` for when the browser closes. Max-Age goes before Expires."""
        return self.expires_at if self.max_age_ends_at is None else self.max_age_ends_at


def parse(line: str, *, now: float) -> SetCookie:
    """Read one line, a character for each octet. Raises `CookieRefused`."""
    if _CONTROLS.search(line):
        raise CookieRefused("it contains a control character")
    pair, *attributes = line.split(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    cookie = SetCookie(name=name.strip(_BLANKS), value=value.strip(_BLANKS))
    if not (cookie.name or cookie.value):
        raise CookieRefused("it has neither a name nor a value")
    if (octets := len(cookie.name) + len(cookie.value)) > MOST_OCTETS:
        raise CookieRefused(f"name and value have {octets} octets, and {MOST_OCTETS} is the most")
    for attribute in attributes:
        word, _, said = attribute.partition("=")
        if len(said := said.strip(_BLANKS)) <= MOST_ATTRIBUTE_OCTETS:
            _apply(cookie, word.strip(_BLANKS).lower(), said, now)
    return cookie


def _apply(cookie: SetCookie, attribute: str, said: str, now: float) -> None:
    """The last of several equal attributes holds; one that cannot be read holds for nothing."""
    latest = now + LONGEST_LIFE.total_seconds()
    match attribute:
        case "expires":
            if (date := parse_date(said)) is not None:
                cookie.expires_at = min(date, latest)
        case "max-age":
            if _MAX_AGE.fullmatch(said):
                seconds = int(said[:20])
                cookie.max_age_ends_at = min(now + seconds, latest) if seconds > 0 else LONG_AGO
        case "domain":
            cookie.domain = said.removeprefix(".").lower()
        case "path":
            cookie.path = said if said.startswith("/") else ""
        case "secure":
            cookie.secure = True
        case "httponly":
            cookie.http_only = True
        case "samesite":
            cookie.same_site = _SAME_SITE.get(said.lower(), "Default")
        case "partitioned":
            cookie.partitioned = True


def parse_date(text: str) -> float | None:
    """The moment that an Expires attribute names, in whatever order it does; `None` for none."""
    time: tuple[int, int, int] | None = None
    day = month = year = None
    for token in _BETWEEN_DATE_TOKENS.split(text):
        if time is None and (match := _TIME.fullmatch(token)):
            time = (int(match[1]), int(match[2]), int(match[3]))
        elif day is None and (match := _DAY.fullmatch(token)):
            day = int(match[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (match := _YEAR.fullmatch(token)):
            year = _full_year(int(match[1]))
    if time is None or day is None or month is None or year is None or year < 1601:
        return None
    try:
        return datetime(year, month, day, *time, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _full_year(year: int) -> int:
    if year <= 69:
        return 2000 + year
    return 1900 + year if year <= 99 else year
