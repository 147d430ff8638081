"""What every outage must look like from outside."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import AbstractContextManager

from quart import Quart

from quart_app.testing import Client, Response
from tests.kit.polling import eventually
from tests.serving.browsing import signed_in, token_in
from tests.undisturbed import Undisturbed

WELL_UNDER_A_SECOND = 0.9
BREAKER_ASKS_AGAIN_WITHIN_SECONDS = 3.0


async def quickly(answering: Awaitable[Response]) -> Response:
    """The answer, if it comes in time."""
    with Undisturbed() as took:
        answer = await answering
    assert took.seconds < WELL_UNDER_A_SECOND
    return answer


def is_honest_503(answer: Response) -> bool:
    """Says to come again, and nothing about who is signed in."""
    says_when = int(answer.headers.get("Retry-After", 0)) > 0
    pretends = "Set-Cookie" in answer.headers or "Location" in answer.headers
    return answer.status == 503 and says_when and not pretends


async def refusals(browser: Client, visitor: Client) -> list[bool]:
    """Whether everything that needs a session says honestly that it has none to offer."""
    return [
        is_honest_503(await quickly(browser.get("/"))),
        is_honest_503(await quickly(browser.post("/notes", form={"note": "lost"}))),
        is_honest_503(await quickly(browser.post("/logout"))),
        is_honest_503(await quickly(visitor.post("/login", form={"name": "grace"}))),
    ]


async def only_public_pages_are_shown(notes: Quart, outage: AbstractContextManager[None]) -> Client:
    """While this outage lasts. Returns the browser of Ada, who was signed in before."""
    browser, visitor = await signed_in(notes), Client(notes)
    token = token_in(browser)
    with outage:
        public = [await quickly(who.get("/public")) for who in (browser, visitor)]
        refused = await refusals(browser, visitor)
        token_meanwhile = token_in(browser)
    await until_it_answers(browser)

    assert [answer.status for answer in public] == [200, 200]
    assert not any("Set-Cookie" in answer.headers for answer in public)
    assert all(refused)
    assert token_meanwhile == token
    assert token_in(visitor) is None
    return browser


async def until_it_answers(browser: Client) -> None:
    """Ask until the store has been found again."""

    async def answers() -> bool:
        return (await browser.get("/")).status == 200

    await eventually(answers, within=BREAKER_ASKS_AGAIN_WITHIN_SECONDS)
