"""Holes that other logins had, each by the name under which it became known: not in these pages."""

from __future__ import annotations

import httpx
import pytest
from quart import Quart

from quart_app.accounts import Administration
from quart_app.testing import FakeClock
from tests.login.conftest import sign_in
from tests.login.passwords.members import OTHER, RIGHT, WRONG
from tests.web.asking import browser
from tests.web.configured import configured


async def test_oauth2_proxy_ghsa_f24x_5g9q_753f_a_planted_token_is_not_the_one_signed_in(
    app: Quart, office: Administration, visitor: httpx.AsyncClient
) -> None:
    async with browser(app) as eve:
        await sign_in(eve, "bob", RIGHT)
        planted = eve.cookies["session"]
        visitor.cookies.set("session", planted, domain="localhost.local")

        await sign_in(visitor, "ada", RIGHT)

        assert visitor.cookies["session"] != planted
        assert (await visitor.get("/notes")).text == "Notes of Ada"
        assert (await eve.get("/notes")).text != "Notes of Ada"


@pytest.mark.parametrize("name", ["ghsa_97r5_pg8x_p63p", "ghsa_w2j7_f3c6_g8cw"])
async def test_flask_security_is_it_you_is_not_answered_by_another_account(
    office: Administration, visitor: httpx.AsyncClient, clock: FakeClock, name: str
) -> None:
    await office.set_password("bob", OTHER)
    await sign_in(visitor, "ada", RIGHT)
    clock.advance(minutes=11)

    answers = {
        "ghsa_97r5_pg8x_p63p": {"name": "bob", "password": OTHER},
        "ghsa_w2j7_f3c6_g8cw": {"password": OTHER},
    }
    answer = await visitor.post("/confirm", data=answers[name])
    still_asked = await visitor.post("/sessions", data={"others": "1"})

    assert answer.status_code == 401
    assert still_asked.status_code in (303, 403)
    assert (await visitor.get("/notes")).text == "Notes of Ada"


@pytest.mark.parametrize(
    ("config", "network"),
    [({}, "127.0.0.1"), ({"TRUSTED_PROXIES": "127.0.0.1"}, "192.0.2.7")],
    ids=["untrusted", "trusted"],
)
async def test_allauth_65_14_2_an_address_that_is_only_claimed_is_no_other_guesser(
    office: Administration, visitor: httpx.AsyncClient, network: str
) -> None:
    await visitor.post(
        "/login",
        data={"name": "ada", "password": WRONG},
        headers={"X-Forwarded-For": "198.51.100.9, 192.0.2.7"},
    )

    events = [event async for _, event in office.events()]
    assert (events[-1].outcome, events[-1].network) == ("wrong secret", network)


@configured(LOGIN_PREFIX="/account")
async def test_pinchy_1054_a_script_is_counted_as_a_form_is(
    app: Quart, office: Administration, visitor: httpx.AsyncClient
) -> None:
    script = {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}
    sent = {"name": "ada", "password": WRONG}

    answers = [
        await visitor.post("/account/login", data=sent, headers=headers)
        for headers in (script, {}, script, {}, script, script)
    ]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
