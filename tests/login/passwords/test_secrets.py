"""What may leave in one place only, and what an address cannot do."""

from __future__ import annotations

import logging

import httpx
import pytest
from quart import Quart

from quart_app.accounts import Administration
from tests.login.conftest import sign_in
from tests.login.passwords.members import OTHER, RIGHT, WRONG
from tests.web.asking import browser

PAGES = ("/", "/login", "/confirm", "/password", "/sessions", "/notes", "/no-such-page")


async def test_a_token_and_a_password_are_in_no_page_and_no_log(
    app: Quart, office: Administration, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with browser(app, headers={"Sec-Fetch-Site": "same-origin"}) as ada:
        answers = [await sign_in(ada, "ada", WRONG), await sign_in(ada, "ada", RIGHT)]
        answers += [await ada.get(page) for page in PAGES]
        cookies = [ada.cookies["session"], ada.cookies["known_device"]]
        for password, new in ((WRONG, OTHER), (RIGHT, "short"), (RIGHT, OTHER)):
            answers.append(await ada.post("/password", data={"password": password, "new": new}))
        answers += [await ada.get(page) for page in PAGES]
        cookies += [ada.cookies["session"], ada.cookies["known_device"]]
        answers.append(await ada.post("/logout"))

    said = [answer.text for answer in answers]
    said += [f"{name}: {value}" for name, value in _headers(answers) if name != "set-cookie"]
    said += [repr(vars(record)) for record in caplog.records if record.name != "httpx"]
    assert len(set(cookies)) == 4
    for secret in (*cookies, RIGHT, WRONG, OTHER):
        assert not [each for each in said if secret in each], secret


async def test_a_link_with_a_name_and_a_password_signs_nobody_in(
    visitor: httpx.AsyncClient, office: Administration
) -> None:
    answer = await visitor.get("/login", params={"name": "ada", "password": RIGHT})

    assert answer.status_code == 200
    assert "session" not in visitor.cookies
    assert RIGHT not in answer.text
    assert (await visitor.get("/notes")).status_code == 302


def _headers(answers: list[httpx.Response]) -> list[tuple[str, str]]:
    return [pair for answer in answers for pair in answer.headers.multi_items()]
