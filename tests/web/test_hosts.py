"""Which names the site answers to, and whose word it takes for where a request comes from."""

from __future__ import annotations

import json
from typing import Any

import pytest
from quart import Quart, request, websocket

from tests.web.asking import HOST, ask, knock
from tests.web.configured import configured


@pytest.fixture
def app(app: Quart) -> Quart:
    """With a page that says what it knows of a request, and a websocket."""

    async def told() -> dict[str, Any]:
        return {
            "address": request.remote_addr,
            "secure": request.is_secure,
            "headers": sorted(name.lower() for name, _ in request.headers),
        }

    async def echo() -> None:
        await websocket.accept()

    app.add_url_rule("/told", "told", told)
    app.websocket("/echo")(echo)
    return app


async def told(
    app: Quart, *headers: tuple[str, str], client: str = "192.0.2.1", **more: Any
) -> Any:
    answer = await ask(app, "/told", headers=headers, client=(client, 50_000), **more)
    return json.loads(answer.body)


TRUSTED = ["example.org", ".example.net", "[::1]", "LocalHost"]


OURS = [
    *("example.org", "EXAMPLE.org", "example.org:8000", "example.org:", "localhost:80", "[::1]"),
    *("example.net", "a.example.net", "a.b.Example.net:443", "[::1]:8000"),
]
NOT_OURS = [
    *("evil", "www.example.org", "example.org.evil", "evilexample.org", "evilexample.net", "[::2]"),
    *("evil@example.org", "example.org@evil", "example.org:80@evil", "example.org.", "[::1]evil"),
    *("example.org:x", "example.org:123456", "example.org/", "example.org\0", "example.org evil"),
    *("", None, ":80", ".example.net", "[::1", "::1", "ex\xe4mple.org"),
]
NO_NAMES = ["a..b", ".", "x" * 300, "evil@good", "a b", "\xf1", "[::1", "a,b", "a/b", "a\\b"]


@configured(TRUSTED_HOSTS=TRUSTED)
async def test_the_site_answers_to_its_names_and_no_others(app: Quart) -> None:
    for path in ("/login", "/healthz", "/static/style.css"):
        for host in OURS:
            assert (host, (await ask(app, path, host=host)).status) == (host, 200)
        for other in NOT_OURS:
            answer = await ask(app, path, host=other)

            assert (other, answer.status) == (other, 421)
            assert "evil" not in answer.text


@configured(TRUSTED_HOSTS="example.org")
async def test_one_name_may_stand_alone(app: Quart) -> None:
    assert (await ask(app, "/login", host="example.org")).status == 200
    assert (await ask(app, "/login", host="e")).status == 421


@pytest.mark.parametrize("config", [{}, {"TRUSTED_HOSTS": [HOST]}])
async def test_two_names_are_none(app: Quart) -> None:
    for other in (HOST, "evil"):
        assert (await ask(app, "/login", headers=[("host", other)])).status == 421


async def test_without_a_list_every_name_is_welcome_that_can_be_one(app: Quart) -> None:
    for host in (None, "", "x_y", "a.b.", "127.0.0.1:8000", "[fe80::1]:80", "evil"):
        assert (host, (await ask(app, "/login", host=host)).status) == (host, 200)
    for other in NO_NAMES:
        assert (other, (await ask(app, "/", host=other)).status) == (other, 421)


async def test_no_address_on_a_page_is_made_of_the_name_that_was_asked_for(app: Quart) -> None:
    for path in ("/", "/login", "/nothing"):
        answer = await ask(app, path, host="evil.example", headers={"X-Forwarded-Host": "evil.two"})

        assert "evil" not in f"{answer.headers} {answer.text}"


@configured(TRUSTED_HOSTS=[HOST])
async def test_a_websocket_to_another_name_is_closed_before_it_begins(app: Quart) -> None:
    assert await knock(app, "/echo", host="evil.example") == ["websocket.close"]
    assert "websocket.accept" in await knock(app, "/echo")


PROXIES = configured(TRUSTED_PROXIES=["10.0.0.0/8", "2001:db8::/32", "192.168.7.7"])


CLAIMS = [
    ("198.51.100.7", "198.51.100.7"),
    ("6.6.6.6, 198.51.100.7", "198.51.100.7"),
    ("6.6.6.6, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
    ("6.6.6.6,198.51.100.7 ,10.9.9.9,192.168.7.7,  10.1.1.1", "198.51.100.7"),
    ("198.51.100.7, 2001:db8::5", "198.51.100.7"),
    ("2001:470::9", "2001:470::9"),
    ("::ffff:198.51.100.7", "198.51.100.7"),
    ("198.51.100.7, ::ffff:10.0.0.5", "198.51.100.7"),
    # All of them ours: the farthest that is known.
    ("10.0.0.9, 10.0.0.8", "10.0.0.9"),
    # Nothing beyond what cannot be read.
    ("6.6.6.6, junk", "10.0.0.1"),
    ("6.6.6.6, junk, 10.0.0.8", "10.0.0.8"),
    ("", "10.0.0.1"),
    (",,,", "10.0.0.1"),
    ("6.6.6.6, ", "10.0.0.1"),
    ("1.2.3.4.5", "10.0.0.1"),
    ("<script>", "10.0.0.1"),
    (", ".join(["6.6.6.6"] * 1000 + ["198.51.100.7"]), "198.51.100.7"),
]


@PROXIES
async def test_a_proxys_word_is_read_from_the_right(app: Quart) -> None:
    for claimed, address in CLAIMS:
        for peer in ("10.0.0.1", "::ffff:10.0.0.1"):
            known = await told(app, ("X-Forwarded-For", claimed), client=peer)

            assert (claimed, known["address"].removeprefix("::ffff:")) == (claimed, address)


@PROXIES
async def test_several_headers_are_one_list(app: Quart) -> None:
    lines = [("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-For", "198.51.100.7, 10.0.0.2")]

    assert (await told(app, *lines, client="10.0.0.1"))["address"] == "198.51.100.7"


@pytest.mark.parametrize("config", [{}, {"TRUSTED_PROXIES": ["10.0.0.0/8"]}])
async def test_an_outsiders_word_counts_for_nothing(app: Quart) -> None:
    claims = [("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-Proto", "https")]
    claims += [("Forwarded", "for=10.0.0.1;proto=https"), ("X-Real-IP", "10.0.0.1")]

    known = await told(app, *claims)

    assert (known["address"], known["secure"]) == ("192.0.2.1", False)


@configured(TRUSTED_PROXIES=["unix", "10.0.0.0/8"])
async def test_a_proxy_without_an_address_is_believed_where_it_is_named(app: Quart) -> None:
    claims = [
        ("X-Forwarded-For", "6.6.6.6, 198.51.100.7, 10.0.0.2"),
        ("X-Forwarded-Proto", "https"),
    ]

    known = await told(app, *claims, client="")
    outsider = await told(app, *claims)

    assert (known["address"], known["secure"]) == ("198.51.100.7", True)
    assert (outsider["address"], outsider["secure"]) == ("192.0.2.1", False)


@PROXIES
async def test_a_proxy_without_an_address_is_an_outsider_elsewhere(app: Quart) -> None:
    assert not (await told(app, ("X-Forwarded-Proto", "https"), client=""))["secure"]


SCHEMES = [
    *(("https", True), ("HTTPS", True), ("http, https", True), ("https, http", False)),
    *(("http", False), ("junk", False), ("", False), ("httpsx", False), ("https,", False)),
]


@PROXIES
async def test_a_proxy_says_whether_it_spoke_https(app: Quart) -> None:
    for said, secure in SCHEMES:
        claim = ("X-Forwarded-Proto", said)

        known = await told(app, claim, client="10.0.0.1")
        page = await ask(app, "/login", headers=[claim], client=("10.0.0.1", 50_000))

        assert (said, known["secure"]) == (said, secure)
        assert bool(page.all("cross-origin-opener-policy")) is secure


@PROXIES
async def test_a_proxy_on_a_unix_socket_is_nobody(app: Quart) -> None:
    headers = {"X-Forwarded-For": "6.6.6.6"}

    assert (await ask(app, "/told", headers=headers, client=None)).status == 200
    assert (await ask(app, "/told", headers=headers, client=("", 0))).status == 200


@PROXIES
async def test_headers_that_could_pass_for_others_are_dropped(app: Quart) -> None:
    claims = [("X_Forwarded_For", "10.0.0.1"), ("X-Forwarded_Proto", "https"), ("Host_", "evil")]
    claims += [("Remote-Addr", "10.0.0.1"), ("remote-addr", "10.0.0.2"), ("Remote_Addr", "x")]

    known = await told(app, *claims)

    assert known["headers"] == ["host", "remote-addr"]
    assert (known["address"], known["secure"]) == ("192.0.2.1", False)
