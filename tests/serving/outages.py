"""What every outage must look like from outside."""

from __future__ import annotations

from collections.abc import Awaitable

from quart_app.testing import Client, Response
from tests.kit.polling import eventually
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


async def until_it_answers(browser: Client) -> None:
    """Ask until the store has been found again."""

    async def answers() -> bool:
        return (await browser.get("/")).status == 200

    await eventually(answers, within=BREAKER_ASKS_AGAIN_WITHIN_SECONDS)
