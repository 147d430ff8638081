"""What a client may ask for instead of a whole file as it is: packed, only if it is another one, or
a part (RFC 9110, sections 12.5.3, 13 and 14). No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping

from werkzeug.http import parse_date

from quart_app.scope import Headers

OK = 200
NOT_MODIFIED = 304
PRECONDITION_FAILED = 412

Said = Mapping[bytes, str]

_NAMES = frozenset(
    (
        *(b"accept-encoding", b"if-match", b"if-modified-since", b"if-none-match"),
        *(b"if-range", b"if-unmodified-since", b"range"),
    )
)
_CODING = re.compile(
    r"([\w!#$%&'*+.^`|~-]+)(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?", re.ASCII
)
# Of several ranges, as of anything else that is not this, a server may take no notice.
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})", re.IGNORECASE)
_LONGEST_DATE = len("Wednesday, 09-Nov-94 08:49:37 GMT")


def conditions_in(headers: Headers) -> Said:
    """What is said of these things, each name once."""
    said: dict[bytes, str] = {}
    for name, value in headers:
        if name in _NAMES:
            text = value.decode("latin-1")
            said[name] = f"{said[name]}, {text}" if name in said else text
    return said


def prefers_gzip(accept_encoding: str) -> bool:
    """Whether the client takes gzip, and would not rather have the file as it is."""
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        if (coding := _CODING.fullmatch(part.strip(" \t"))) is not None:
            weights[coding[1]] = float(coding[2] or 1)
    others = weights.get("*", 0.0)
    packed = weights.get("gzip", weights.get("x-gzip", others))
    return packed > 0 and packed >= weights.get("identity", others)


def status_of(said: Said, *, etag: str, modified_at: int) -> int:
    """Whether the file is answered with, or what instead. The conditions in the order in which they
    count: tags before dates, since a file can change twice in a second."""
    if (tags := said.get(b"if-match")) is not None:
        if not _names(tags, etag):
            return PRECONDITION_FAILED
    elif (date := _date(said.get(b"if-unmodified-since"))) is not None and date < modified_at:
        return PRECONDITION_FAILED
    if (tags := said.get(b"if-none-match")) is not None:
        # Proxies that pack what they pass on make weak tags of strong ones.
        return NOT_MODIFIED if _names(tags, etag, f"W/{etag}") else OK
    if (date := _date(said.get(b"if-modified-since"))) is not None and date >= modified_at:
        return NOT_MODIFIED
    return OK


def part_of(said: Said, length: int, *, etag: str) -> range | None:
    """Which bytes are asked for; an empty range if there are none of these. `None` for all of them:
    nothing else is asked for, or not in a way that has to be understood."""
    wanted = _RANGE.fullmatch(said.get(b"range", ""))
    # A date does not hold: the packed file has the same as the other.
    if wanted is None or length == 0 or said.get(b"if-range", etag) != etag:
        return None
    first, last = wanted.groups()
    if not first:
        return range(max(0, length - int(last)), length) if last else None
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, length) if last else length)


def _names(tags: str, *etags: str) -> bool:
    """Whether the list has one of these, which have no comma in them; or is `*`, for any."""
    return tags.strip() == "*" or any(tag.strip(" \t") in etags for tag in tags.split(","))


def _date(said: str | None) -> float | None:
    if said is None or len(said) > _LONGEST_DATE:
        return None
    return None if (date := parse_date(said)) is None else date.timestamp()
