"""Our own static files: from memory, packed if the client likes it, in parts, or not once more."""

from __future__ import annotations

import gzip
import os
import random
import re
import time
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from quart import Quart, request

from quart_app.web.assets import Assets
from quart_app.web.static_files import StaticFiles
from tests.web.asking import Answer, ask, knock

STYLE = b"body { margin: 0 }\n" * 200
NOISE = random.Random(1).randbytes(500)
FILES = {"style.css": STYLE, "noise.bin": NOISE, "empty.css": b"", "sub/ö b.js": b"'use strict'"}
CHANGED_AT = 1_700_000_000
GZIP = {"Accept-Encoding": "gzip"}
EXTREME = 10**15 - 1
FOR_EVER = "public, max-age=31536000, immutable"

# The fixtures are read only.
properties = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With the files, of a certain age."""
    folder = tmp_path / "static"
    for name, body in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        os.utime(path, (CHANGED_AT, CHANGED_AT))
    return folder


@pytest.fixture
def quart(folder: Path) -> Quart:
    """An application that serves them as Quart does."""
    return Quart(__name__, static_folder=str(folder))


@pytest.fixture
def assets(quart: Quart, folder: Path) -> Assets:
    """What there is to be served."""
    assets = Assets(folder, at="/static")
    assets.join(quart, endpoint="static")
    return assets


@pytest.fixture
def behind(quart: Quart, assets: Assets) -> Quart:
    """The application behind the layer that is tested."""
    quart.asgi_app = StaticFiles(quart.asgi_app, assets)  # type: ignore[method-assign,assignment]
    return quart


@pytest.fixture
def site(behind: Quart) -> Quart:
    """It answers what Quart is asked for with a word of its own."""

    @behind.before_request
    async def say_who_is_asked() -> tuple[str, int]:
        return f"Quart was asked for {request.path}", 299

    return behind


def date(seconds: float) -> str:
    return formatdate(seconds, usegmt=True)


async def style(site: Quart, **headers: str) -> Answer:
    """The style sheet, asked for with these."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await ask(site, "/static/style.css", headers=named)


@pytest.mark.parametrize(("name", "body"), FILES.items())
async def test_a_file_comes_as_it_is(site: Quart, name: str, body: bytes) -> None:
    answer = await ask(site, f"/static/{name}")

    assert (answer.status, answer.body) == (200, body)
    assert answer.get("content-length") == str(len(body))
    assert answer.get("last-modified") == date(CHANGED_AT)
    assert answer.all("content-encoding") == answer.all("content-range") == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("style.css", "text/css; charset=utf-8"),
        ("sub/ö b.js", "text/javascript; charset=utf-8"),
        ("noise.bin", "application/octet-stream"),
    ],
)
async def test_it_says_what_kind_it_is(site: Quart, name: str, kind: str) -> None:
    assert (await ask(site, f"/static/{name}")).get("content-type") == kind


@pytest.mark.parametrize("headers", [{}, GZIP])
async def test_head_says_what_get_says_without_the_body(
    site: Quart, headers: dict[str, str]
) -> None:
    whole = await ask(site, "/static/style.css", headers=headers)
    only_head = {**headers, "Range": "bytes=0-3"}

    answer = await ask(site, "/static/style.css", method="HEAD", headers=only_head)

    assert (answer.status, answer.headers, answer.body) == (200, whole.headers, b"")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", "/static/nothing"), ("GET", "/static/"), ("GET", "/static"), ("GET", "/")),
        *(("GET", "/static/../style.css"), ("GET", "/static/sub/../style.css")),
        *(("GET", "/static//style.css"), ("GET", "/STATIC/style.css")),
        *(("POST", "/static/style.css"), ("OPTIONS", "/static/style.css")),
        *(("DELETE", "/static/style.css"), ("GET", "/static/style.css/")),
    ],
)
async def test_what_is_no_file_or_is_not_read_is_for_quart(
    site: Quart, method: str, path: str
) -> None:
    answer = await ask(site, path, method=method)

    assert (answer.status, answer.body) == (299, f"Quart was asked for {path}".encode())


async def test_a_websocket_there_is_for_quart(site: Quart) -> None:
    assert await knock(site, "/static/style.css") == ["websocket.close"]


async def test_a_file_is_found_below_the_applications_prefix(site: Quart) -> None:
    below = await ask(site, "/shop/static/style.css", root_path="/shop")
    beside = await ask(site, "/shopstatic/style.css", root_path="/shop")

    assert (below.status, below.body) == (200, STYLE)
    assert beside.status != 200


async def test_pages_name_addresses_that_may_be_kept_for_ever(
    app: Quart, visitor: httpx.AsyncClient
) -> None:
    page = await visitor.get("/login")
    addresses = re.findall(r'"(/static/[^"]+)"', page.text)
    assert addresses

    for address in addresses:
        answer = await ask(app, address)

        assert (answer.status, answer.get("cache-control")) == (200, FOR_EVER)


@pytest.mark.parametrize("query", ["", "?", "?v=", "?v=123456789abc", "?{v}&v=1", "?w={v}"])
async def test_no_other_address_may_be_kept_for_ever(
    site: Quart, assets: Assets, query: str
) -> None:
    path, _, version = assets.asset("style.css").partition("?")

    answer = await ask(site, path + query.replace("{v}", version))

    assert (answer.status, answer.get("cache-control")) == (200, "public, max-age=43200")


def test_the_address_changes_with_the_file_alone(folder: Path, quart: Quart) -> None:
    def address() -> str:
        assets = Assets(folder, at="/static")
        assets.join(quart, endpoint="static")
        return assets.asset("sub/ö b.js")

    before = address()
    os.utime(folder / "sub/ö b.js")
    touched = address()
    (folder / "sub/ö b.js").write_bytes(b"alert()")

    assert before == touched != address()
    assert re.fullmatch(r"/static/sub/%C3%B6%20b\.js\?v=[0-9a-f]{12}", before)


async def test_it_comes_packed_to_a_client_that_likes_it(site: Quart) -> None:
    answer = await style(site, Accept_Encoding="gzip, deflate, br")

    assert (answer.status, answer.get("content-encoding")) == (200, "gzip")
    assert gzip.decompress(answer.body) == STYLE
    assert answer.get("content-length") == str(len(answer.body))
    assert answer.get("content-type") == "text/css; charset=utf-8"


@pytest.mark.parametrize("name", ["noise.bin", "empty.css", "sub/ö b.js"])
async def test_what_packing_does_not_make_smaller_comes_as_it_is(site: Quart, name: str) -> None:
    answer = await ask(site, f"/static/{name}", headers=GZIP)

    assert answer.body == FILES[name]
    assert answer.all("content-encoding") == answer.all("vary") == []


async def test_every_answer_that_packing_could_change_says_so_to_caches(site: Quart) -> None:
    whole, packed = await style(site), await style(site, **GZIP_SAID)
    known = await style(site, If_None_Match=whole.get("etag"))
    part = await style(site, Range="bytes=0-3")

    assert [each.status for each in (whole, packed, known, part)] == [200, 200, 304, 206]
    assert {each.get("vary") for each in (whole, packed, known, part)} == {"Accept-Encoding"}


GZIP_SAID = {"Accept_Encoding": "gzip"}
WEIGHTS = ["0", "0.0", "0.000", "0.001", "0.3", "0.31", "0.999", "1", "1.0", "1.000"]
BLANKS = st.sampled_from(["", " ", "\t", "  "])
CODINGS = st.dictionaries(
    st.sampled_from(["gzip", "identity", "*", "br", "deflate", "zstd"]),
    st.none() | st.sampled_from(WEIGHTS),
)
# As a whole they say nothing.
MEANINGLESS = st.sampled_from(
    ["", "gzip;q=2", "gzip;q=-1", "gzip;q=", "gzip;w=1", "g zip", "gzip q=1"]
)


@st.composite
def accepting(draw: st.DrawFn) -> tuple[dict[str, float], str]:
    """What a client likes, and a way to say so."""
    weights = draw(CODINGS)
    parts = []
    for coding, weight in weights.items():
        said = draw(st.sampled_from([coding, coding.upper()]))
        if weight is not None:
            said += f"{draw(BLANKS)};{draw(BLANKS)}{draw(st.sampled_from('qQ'))}={weight}"
        parts.append(draw(BLANKS) + said + draw(BLANKS))
    parts += draw(st.lists(MEANINGLESS, max_size=2))
    likes = {coding: float(weight or 1) for coding, weight in weights.items()}
    return likes, ",".join(draw(st.permutations(parts)))


@properties
@given(accepting())
async def test_the_client_decides_by_weights_what_it_gets(
    site: Quart, accepts: tuple[dict[str, float], str]
) -> None:
    likes, said = accepts
    as_it_is, packed = (likes.get(coding, likes.get("*", 0)) for coding in ("identity", "gzip"))

    answer = await style(site, Accept_Encoding=said)

    is_packed = answer.get("content-encoding") == "gzip"
    assert is_packed == (packed > 0 and packed >= as_it_is)
    assert (gzip.decompress(answer.body) if is_packed else answer.body) == STYLE


async def test_two_forms_of_a_file_have_strong_tags_of_their_own(site: Quart) -> None:
    whole, packed = (await style(site)).get("etag"), (await style(site, **GZIP_SAID)).get("etag")

    assert whole != packed
    assert all(re.fullmatch(r'"[0-9a-f]{32}"', etag) for etag in (whole, packed))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("said", ["{tag}", "W/{tag}", '"a", W/{tag} ,"b"', "*", '"a",{tag}'])
async def test_what_the_client_has_is_not_sent_again(site: Quart, method: str, said: str) -> None:
    whole = await style(site, **GZIP_SAID)
    asked = {**GZIP, "If-None-Match": said.replace("{tag}", whole.get("etag"))}
    # It would say otherwise, and does not count beside tags.
    asked["If-Modified-Since"] = date(CHANGED_AT - 1)
    asked["Range"] = "bytes=0-3"

    answer = await ask(site, "/static/style.css", method=method, headers=asked)

    assert (answer.status, answer.body) == (304, b"")
    kept = ("cache-control", "etag", "vary")
    assert sorted(answer.headers) == sorted((name, whole.get(name)) for name in kept)


@pytest.mark.parametrize("said", ['"a"', 'W/"a"', "", "{bare}", "W/*", '"*"', '"W/{bare}"'])
async def test_what_it_does_not_have_is_sent(site: Quart, said: str) -> None:
    bare = (await style(site)).get("etag").strip('"')

    answer = await style(
        site, If_None_Match=said.replace("{bare}", bare), If_Modified_Since=date(CHANGED_AT)
    )

    assert (answer.status, answer.body) == (200, STYLE)


async def test_the_tag_of_the_other_form_is_another_one(site: Quart) -> None:
    packed = (await style(site, **GZIP_SAID)).get("etag")

    assert (await style(site, If_None_Match=packed)).status == 200
    assert (await style(site, If_Match=packed)).status == 412


async def test_tags_in_several_headers_are_one_list(site: Quart) -> None:
    etag = (await style(site)).get("etag")
    pairs = [("If-None-Match", '"a"'), ("If-None-Match", etag), ("If-None-Match", '"b"')]

    assert (await ask(site, "/static/style.css", headers=pairs)).status == 304


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (date(CHANGED_AT), 304),
        (date(CHANGED_AT + 1), 304),
        (date(CHANGED_AT - 1), 200),
        ("Tuesday, 14-Nov-23 22:13:20 GMT", 304),
        ("Tue Nov 14 22:13:20 2023", 304),
        ("yesterday", 200),
        ("", 200),
        (f"{date(CHANGED_AT)}, {date(CHANGED_AT)}", 200),
    ],
)
async def test_a_date_does_where_there_is_no_tag(site: Quart, said: str, status: int) -> None:
    assert (await style(site, If_Modified_Since=said)).status == status


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"If_Match": "{tag}"}, 200),
        ({"If_Match": '"a", {tag}'}, 200),
        ({"If_Match": "*"}, 200),
        ({"If_Match": '"a"'}, 412),
        ({"If_Match": "W/{tag}"}, 412),
        ({"If_Match": "{tag}", "If_Unmodified_Since": date(CHANGED_AT - 1)}, 200),
        ({"If_Match": '"a"', "If_None_Match": "{tag}"}, 412),
        ({"If_Match": "{tag}", "If_None_Match": "{tag}"}, 304),
        ({"If_Unmodified_Since": date(CHANGED_AT)}, 200),
        ({"If_Unmodified_Since": date(CHANGED_AT - 1)}, 412),
        ({"If_Unmodified_Since": "yesterday"}, 200),
    ],
)
async def test_a_client_that_wants_the_one_it_knows_gets_no_other(
    site: Quart, said: dict[str, str], status: int
) -> None:
    etag = (await style(site)).get("etag")

    answer = await style(
        site, **{name: value.replace("{tag}", etag) for name, value in said.items()}
    )

    assert answer.status == status
    assert (answer.body == STYLE) == (status == 200)


ENDS = st.none() | st.integers(0, len(STYLE) + 3) | st.sampled_from([len(STYLE), EXTREME])


@properties
@given(first=ENDS, last=ENDS, is_packed=st.booleans())
async def test_a_part_is_these_bytes_and_no_others(
    site: Quart, first: int | None, last: int | None, is_packed: bool
) -> None:
    encoding = GZIP_SAID if is_packed else {}
    whole = (await style(site, **encoding)).body
    places = range(len(whole))
    if first is None:
        wanted = [place for place in places if last is not None and place >= len(whole) - last]
    else:
        wanted = [
            place for place in places if first <= place <= (EXTREME if last is None else last)
        ]
    is_backwards = first is not None and last is not None and last < first

    said = "-".join("" if end is None else str(end) for end in (first, last))
    answer = await style(site, Range=f"bytes={said}", **encoding)

    if first is last is None or is_backwards:
        assert (answer.status, answer.body) == (200, whole)
    elif not wanted:
        assert (answer.status, answer.get("content-range")) == (416, f"bytes */{len(whole)}")
    else:
        assert (answer.status, answer.body) == (206, bytes(whole[place] for place in wanted))
        assert answer.get("content-range") == f"bytes {wanted[0]}-{wanted[-1]}/{len(whole)}"
        assert answer.get("content-length") == str(len(wanted))
        assert answer.get("content-encoding") == ("gzip" if is_packed else "")


@properties
@given(st.text(st.sampled_from("bytesBYTES=-,0123456789 *x"), max_size=30))
async def test_whatever_is_asked_for_no_answer_says_what_it_is_not(site: Quart, said: str) -> None:
    answer = await style(site, Range=said)

    if answer.status == 206:
        first, last, length = map(int, re.findall(r"\d+", answer.get("content-range")))
        assert (answer.body, length) == (STYLE[first : last + 1], len(STYLE))
        assert first <= last < length
    elif answer.status == 416:
        assert answer.get("content-range") == f"bytes */{len(STYLE)}"
    else:
        assert (answer.status, answer.body) == (200, STYLE)
        assert answer.all("content-range") == []


@pytest.mark.parametrize("said", ["bytes=0-1,3-4", "lines=0-3", "bytes 0-3", "bytes=a-b"])
async def test_what_is_no_single_range_of_bytes_gets_the_whole(site: Quart, said: str) -> None:
    answer = await style(site, Range=said)

    assert (answer.status, answer.body) == (200, STYLE)


@pytest.mark.parametrize("said", ["bytes=0-", "bytes=-5"])
async def test_nothing_has_no_parts(site: Quart, said: str) -> None:
    answer = await ask(site, "/static/empty.css", headers={"Range": said})

    assert (answer.status, answer.get("content-length")) == (200, "0")


@pytest.mark.parametrize(
    ("said", "status"),
    [("{tag}", 206), ("W/{tag}", 200), ('"a"', 200), ("", 200), (date(CHANGED_AT), 200)],
)
async def test_a_part_is_given_only_of_what_the_client_has_the_rest_of(
    site: Quart, said: str, status: int
) -> None:
    etag = (await style(site)).get("etag")

    answer = await style(site, Range="bytes=5-", If_Range=said.replace("{tag}", etag))

    assert (answer.status, answer.body) == (status, STYLE[5:] if status == 206 else STYLE)


async def test_a_part_of_the_other_form_is_not_given(site: Quart) -> None:
    packed = await style(site, **GZIP_SAID)

    answer = await style(site, Range="bytes=5-", If_Range=packed.get("etag"))

    assert (answer.status, answer.body) == (200, STYLE)


def test_a_file_from_the_future_is_from_now(folder: Path, quart: Quart) -> None:
    tomorrow = time.time() + 86_400
    os.utime(folder / "style.css", (tomorrow, tomorrow))
    assets = Assets(folder, at="/static")

    assets.join(quart, endpoint="static")

    assert assets.kept["/static/style.css"].modified_at <= time.time()


async def test_what_is_read_at_the_start_is_what_is_served(site: Quart, folder: Path) -> None:
    (folder / "style.css").write_bytes(b"half of a new fi")

    assert (await style(site)).body == STYLE
