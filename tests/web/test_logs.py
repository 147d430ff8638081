"""Log lines name nobody, and nobody writes a line of his own among them."""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import quote_plus

import pytest
from quart import Quart

from quart_app.observing.events import log as events
from quart_app.testing import BrokenStore
from tests.web.asking import FORM, ask

NAME = "Ada Lovelace-Byron"


async def sign_in(app: Quart, body: str = f"name={quote_plus(NAME)}", **headers: str) -> str:
    answer = await ask(
        app, "/login", method="POST", headers={"Content-Type": FORM, **headers}, body=body.encode()
    )
    return "".join(answer.all("set-cookie")).partition(";")[0]


@pytest.fixture(autouse=True)
def everything(caplog: pytest.LogCaptureFixture) -> None:
    """Down to what is only told when somebody asks for it."""
    caplog.set_level(0)


async def test_no_name_that_was_typed_is_logged(
    app: Quart, store: BrokenStore, caplog: pytest.LogCaptureFixture
) -> None:
    cookie = await sign_in(app)
    await ask(app, "/user", headers={"Cookie": cookie})
    await sign_in(app, body=f"name={quote_plus(NAME)}{'x' * 100}")
    await sign_in(app, Origin="null")
    await sign_in(app, body=f"name={quote_plus(NAME)}&name=x")
    store.broken = True
    await sign_in(app)
    await ask(app, "/user", headers={"Cookie": cookie})
    await ask(app, "/logout", headers={"Cookie": cookie})

    token = cookie.partition("=")[2]
    # Events, which another test may have asked for, say which account signed in.
    told = [str(vars(record)) for record in caplog.records if record.name != events.name]
    assert any("broken" in each for each in told)
    assert not any("Lovelace" in each or token in each for each in told)


async def test_a_failure_logs_where_it_was_and_not_what_was_sent(
    app: Quart, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> NoReturn:
        raise RuntimeError("on purpose")

    app.add_url_rule("/fails", "fails", fail, methods=["POST"])
    cookie = await sign_in(app)

    await ask(
        app,
        "/fails?next=%0aforged",
        method="POST",
        headers={"Cookie": cookie, "Content-Type": FORM},
        body=f"name={quote_plus(NAME)}".encode(),
    )

    assert "on purpose" in caplog.text
    assert "Lovelace" not in caplog.text
    assert "forged" not in caplog.text
    assert cookie.partition("=")[2] not in caplog.text


async def test_what_is_asked_for_cannot_begin_a_line_of_its_own(
    app: Quart, store: BrokenStore, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(path: str) -> NoReturn:
        raise RuntimeError("on purpose")

    app.add_url_rule("/any/<path>", "any", fail)
    store.broken = True
    forged = "x\r\nCRITICAL forged"

    await ask(app, "/any/thing")
    # In a header, servers refuse line breaks; in a path they are what was escaped.
    for cookie in ("session=x", f"session={'A' * 43}"):
        for path in (f"/any/{forged}", f"/static/{forged}", f"/{forged}"):
            await ask(app, path, headers={"Cookie": cookie})

    assert "on purpose" in caplog.text
    assert [record for record in caplog.records if "\nCRITICAL" in record.getMessage()] == []
