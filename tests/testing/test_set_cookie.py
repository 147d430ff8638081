"""A `Set-Cookie` line is read as RFC 6265bis says, however badly it is written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from quart_app.testing.set_cookie import CookieRefused, parse, parse_date

NOW = datetime(2027, 1, 15, tzinfo=UTC).timestamp()
YEAR = 365 * 86_400
LIMIT = NOW + 400 * 86_400

# Section 5.6, "parse a set-cookie-string"; the name and the value.
PAIRS = {
    "SID=31d4d96e407aad42": ("SID", "31d4d96e407aad42"),
    "  SID \t=\t 31d4  ; Path=/": ("SID", "31d4"),
    "a=b=c": ("a", "b=c"),
    "a=": ("a", ""),
    "=b": ("", "b"),
    "b": ("", "b"),
    'a="x y"': ("a", '"x y"'),
    "a=%20": ("a", "%20"),
    "a=x\ty": ("a", "x\ty"),
}
REFUSED = {
    "": "neither a name nor a value",
    "=": "neither a name nor a value",
    "; Path=/": "neither a name nor a value",
    "a=\x00": "control character",
    "a=b; Path=/\x7f": "control character",
    "a=b\x0aX: y": "control character",
    "a=" + "x" * 4096: "4097 octets",
}
# Section 5.1.1.
DATES = {
    "Sun, 06 Nov 1994 08:49:37 GMT": datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC),
    "Sunday, 06-Nov-94 08:49:37 GMT": datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC),
    "Sun Nov  6 08:49:37 1994": datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC),
    "Wed, 09 Jun 2021 10:18:14 GMT": datetime(2021, 6, 9, 10, 18, 14, tzinfo=UTC),
    "08:49:37 november 6th 1994": datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC),
    "1;Jan;70;0:0:0": datetime(1970, 1, 1, tzinfo=UTC),
    "1 Jan 69 0:0:0": datetime(2069, 1, 1, tzinfo=UTC),
    "1 Jan 1601 0:0:0": datetime(1601, 1, 1, tzinfo=UTC),
    "29 Feb 2028 23:59:59x": datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC),
}
NO_DATES = (
    "",
    "tomorrow",
    "Sun, 06 Nov 1994",
    "06 Nov 08:49:37",
    "Nov 1994 08:49:37",
    "06 Nuv 1994 08:49:37",
    "32 Jan 2027 00:00:00",
    "00 Jan 2027 00:00:00",
    "29 Feb 2027 00:00:00",
    "1 Jan 1600 00:00:00",
    "1 Jan 2027 24:00:00",
    "1 Jan 2027 00:60:00",
    "1 Jan 2027 00:00:60",
    "1 Jan 20270 00:00:00",
)
# Sections 5.6.1 and 5.6.2: when it ends, `None` for when the browser closes.
ENDS = {
    "": None,
    "Max-Age=60": NOW + 60,
    "max-age = 60": NOW + 60,
    "Max-Age=0": float("-inf"),
    "Max-Age=-1": float("-inf"),
    "Max-Age=": None,
    "Max-Age=+60": None,
    "Max-Age=60s": None,
    "Max-Age=6.0": None,
    "Max-Age=60; Max-Age=no": NOW + 60,
    "Max-Age=60; Max-Age=120": NOW + 120,
    f"Max-Age={'9' * 400}": LIMIT,
    f"Max-Age={2 * YEAR}": LIMIT,
    "Expires=Sat, 16 Jan 2027 00:00:00 GMT": NOW + 86_400,
    "Expires=Thu, 01 Jan 1970 00:00:00 GMT": 0.0,
    "Expires=Wed, 01 Jan 2098 00:00:00 GMT": LIMIT,
    "Expires=0": None,
    "Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60": NOW + 60,
    "Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT": NOW + 60,
}


@pytest.mark.parametrize("line", PAIRS)
def test_name_and_value_are_what_stands_around_the_first_equals_sign(line: str) -> None:
    cookie = parse(line, now=NOW)

    assert (cookie.name, cookie.value) == PAIRS[line]


@pytest.mark.parametrize("line", REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_cookie_is_refused_with_the_reason(line: str) -> None:
    with pytest.raises(CookieRefused, match=REFUSED[line]):
        parse(line, now=NOW)


def test_4096_octets_of_name_and_value_are_kept() -> None:
    assert len(parse("a=" + "x" * 4095, now=NOW).value) == 4095


@pytest.mark.parametrize("text", DATES)
def test_a_date_is_found_in_whatever_order_it_is_written(text: str) -> None:
    assert parse_date(text) == DATES[text].timestamp()


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize("attributes", ENDS)
def test_max_age_goes_before_expires_and_neither_beyond_400_days(attributes: str) -> None:
    assert parse(f"a=b; {attributes}", now=NOW).ends_at == ENDS[attributes]


def test_the_last_of_several_attributes_holds_and_unknown_ones_do_not_matter() -> None:
    cookie = parse(
        "a=b; DOMAIN=.Example.ORG; path=/x; Path=y; SameSite=Lax; samesite=STRICT; "
        "Priority=High; secure=no; HttpOnly; Partitioned",
        now=NOW,
    )

    assert cookie.domain == "example.org"
    assert cookie.path == ""
    assert cookie.same_site == "Strict"
    assert cookie.secure
    assert cookie.http_only
    assert cookie.partitioned


def test_an_attribute_of_over_1024_octets_is_as_if_it_were_not_there() -> None:
    cookie = parse(f"a=b; Path=/x; Path=/{'y' * 1024}", now=NOW)

    assert cookie.path == "/x"
