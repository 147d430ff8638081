"""The token in a form counts where the browser says nothing of the page that sends it."""

from __future__ import annotations

import httpx
import pytest
from quart import Quart
from werkzeug.exceptions import Forbidden

from quart_app.web.form_tokens import FormTokens
from tests.web.asking import browser
from tests.web.configured import configured
from tests.web.test_cross_site import FIREFOX, token_of


@configured(SESSION_TYPE="cookie")
async def test_signed_cookies_have_tokens_too(app: Quart, ada: httpx.AsyncClient) -> None:
    async with browser(app) as grace:
        await grace.post("/login", data={"name": "Grace"})
        hers = await token_of(grace)
    by_nobody_knows_whom = {"User-Agent": FIREFOX}

    forged = await ada.post("/logout", data={"token": hers}, headers=by_nobody_knows_whom)
    own = await ada.post(
        "/logout", data={"token": await token_of(ada)}, headers=by_nobody_knows_whom
    )

    assert (forged.status_code, own.status_code) == (403, 303)


@pytest.mark.parametrize("said", [{"Sec-Fetch-Site": "none"}, {"User-Agent": FIREFOX}])
@pytest.mark.parametrize("token", ["", "é", "0" * 64, "0" * 5000, "None"])
async def test_a_strange_token_is_refused(
    ada: httpx.AsyncClient, token: str, said: dict[str, str]
) -> None:
    answer = await ada.post("/logout", data={"token": token}, headers=said)

    assert answer.status_code == 403
    assert (await ada.get("/")).status_code == 200


async def test_a_token_in_the_address_does_not_count(ada: httpx.AsyncClient) -> None:
    answer = await ada.post(
        f"/logout?token={await token_of(ada)}",
        data={"x": "y"},
        headers={"Sec-Fetch-Site": "none"},
    )

    assert answer.status_code == 403


def test_a_form_that_was_sent_out_under_an_earlier_secret_key_still_counts() -> None:
    before, after = FormTokens(["old"]), FormTokens(["new", "old"])

    after.verify(before.make("session"), "session")

    assert after.make("session") == FormTokens(["new"]).make("session")
    with pytest.raises(Forbidden):
        FormTokens(["new"]).verify(before.make("session"), "session")
