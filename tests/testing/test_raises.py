"""A handler's mistake is raised in the test that asks for it, and changes nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from quart import Quart, abort
from quart.typing import ResponseReturnValue

from quart_app.testing import Client


class Mistake(Exception):
    """What a handler may raise."""


class Foreseen(Exception):
    """What the application has an error handler for."""


@pytest.fixture
def app(app: Quart) -> Quart:
    @app.get("/mistake/<name>")
    async def mistake(name: str) -> str:
        await asyncio.sleep(0)
        raise Mistake(name)

    @app.get("/foreseen")
    async def foreseen() -> str:
        raise Foreseen

    @app.errorhandler(Foreseen)
    async def take(error: Foreseen) -> ResponseReturnValue:
        return "taken", 409

    @app.get("/abort")
    async def aborted() -> str:
        abort(500)

    return app


async def test_without_it_a_mistake_is_a_500_page(app: Quart) -> None:
    assert (await Client(app).get("/mistake/a")).status == 500


async def test_a_client_raises_what_a_handler_raised(app: Quart) -> None:
    with pytest.raises(Mistake, match="a"):
        await Client(app, raises=True).get("/mistake/a")


async def test_one_request_may_do_otherwise_than_its_client(app: Quart) -> None:
    with pytest.raises(Mistake):
        await Client(app).get("/mistake/a", raises=True)

    assert (await Client(app, raises=True).get("/mistake/a", raises=False)).status == 500


async def test_what_the_application_foresaw_stays_an_answer(app: Quart) -> None:
    client = Client(app, raises=True)

    assert (await client.get("/foreseen")).status == 409
    assert (await client.get("/abort")).status == 500
    assert (await client.get("/nowhere")).status == 404


@pytest.mark.parametrize("setting", ["TESTING", "PROPAGATE_EXCEPTIONS"])
async def test_it_is_raised_whatever_the_application_does_with_it(app: Quart, setting: str) -> None:
    app.config[setting] = True

    with pytest.raises(Mistake):
        await Client(app, raises=True).get("/mistake/a")


async def test_the_application_answers_and_logs_as_ever(
    app: Quart, caplog: pytest.LogCaptureFixture
) -> None:
    @app.errorhandler(500)
    async def sorry(error: Exception) -> ResponseReturnValue:
        return "sorry", 500, {"Set-Cookie": "apology=1"}

    client = Client(app, raises=True)
    with pytest.raises(Mistake):
        await client.get("/mistake/a")

    assert "apology" in client.cookies
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_redirect_that_leads_to_a_mistake_raises_it(app: Quart) -> None:
    with pytest.raises(Mistake, match="there"):
        await Client(app, raises=True).get("/go?to=/mistake/there", follow_redirects=True)


async def test_each_of_several_requests_at_once_raises_its_own(app: Quart) -> None:
    client, other = Client(app, raises=True), Client(app)
    names = [str(number) for number in range(20)]

    told = await asyncio.gather(
        *(client.get(f"/mistake/{name}") for name in names), return_exceptions=True
    )
    alone = await asyncio.gather(
        client.get("/echo"),
        client.get("/mistake/a"),
        other.get("/mistake/b"),
        return_exceptions=True,
    )

    assert [str(error) for error in told] == names
    assert [getattr(answer, "status", answer.__class__) for answer in alone] == [200, Mistake, 500]


async def test_an_application_within_another_one_is_heard_too(app: Quart) -> None:
    async def outer(scope: Any, receive: Any, send: Any) -> None:
        await app(scope.copy(), receive, send)

    with pytest.raises(Mistake):
        await Client(outer, raises=True).get("/mistake/a")


async def test_what_is_raised_in_the_middle_of_an_answer_is_raised_anyway(app: Quart) -> None:
    @app.get("/stream")
    async def stream() -> ResponseReturnValue:
        async def parts() -> Any:
            yield "and so "
            raise Mistake

        return parts(), 200

    # In a group from Quart 0.23 on.
    with pytest.RaisesGroup(Mistake, allow_unwrapped=True):
        await Client(app).get("/stream")
