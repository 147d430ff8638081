"""`quart-app sessions`, beside sessions that a server has made."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path

import httpx
import pytest
from quart import Quart

from quart_app import create_app
from quart_app.sessions.stores.filesystem import FilesystemStore
from tests.accounts.people import RIGHT
from tests.cli.conftest import Command, input_of
from tests.web.asking import browser


def signed_in(app: Quart, *devices: str, **form: str) -> list[httpx.Cookies]:
    """The cookies of one browser for each of these devices."""

    async def sign_in() -> list[httpx.Cookies]:
        cookies = []
        async with app.test_app():
            for device in devices:
                async with browser(app, headers={"User-Agent": device}) as each:
                    answer = await each.post("/login", data=form)
                    assert answer.status_code == 303, answer.text
                    cookies.append(each.cookies)
        return cookies

    return asyncio.run(sign_in())


def is_signed_in(app: Quart, cookies: httpx.Cookies) -> bool:
    async def ask() -> bool:
        async with app.test_app(), browser(app, cookies=cookies) as each:
            return (await each.get("/user")).status_code == 200

    return asyncio.run(ask())


@pytest.fixture
def app(tmp_path: Path) -> Quart:
    """What a server on this folder runs."""
    return create_app({"DATA_DIR": tmp_path / "data"})


def test_sessions_are_listed_and_ended_one_or_all(command: Command, app: Quart) -> None:
    one, two = signed_in(app, "curl/8", "Wget/1", name="Ada")

    listed = [
        json.loads(line)
        for line in command("sessions", "list", "Ada", "--json").out.split("\n")[:-1]
    ]
    ended = command("sessions", "end", "Ada", "--key", listed[0]["key"])
    after_one = [is_signed_in(app, cookies) for cookies in (one, two)]
    all_others = command("sessions", "end", "Ada")

    assert [each["device"] for each in listed] == ["curl", "Wget"]
    assert (ended.status, ended.out, after_one) == (0, "1 ended\n", [False, True])
    assert (all_others.status, all_others.out) == (0, "1 ended\n")
    assert not is_signed_in(app, two)
    assert command("sessions", "list", "Ada").out == ""


def test_a_session_that_is_not_there_has_a_status_of_its_own(command: Command, app: Quart) -> None:
    signed_in(app, "curl/8", name="Ada")

    ended = command("sessions", "end", "Bob", "--key", "0" * 64)

    assert (ended.status, ended.out) == (3, "")
    assert "no such session" in ended.err


@pytest.fixture
def ada(
    command: Command, environment: pytest.MonkeyPatch, tmp_path: Path
) -> tuple[Quart, httpx.Cookies]:
    """An application in which she has an account, and what her browser keeps."""
    environment.setenv("QUART_LOGIN_MODE", "password")
    environment.setattr(sys, "stdin", input_of(RIGHT.encode()))
    command("accounts", "add", "Ada")
    app = create_app({"DATA_DIR": tmp_path / "data"})
    [cookies] = signed_in(app, "curl/8", name="ada", password=RIGHT)
    return app, cookies


def test_with_accounts_a_name_is_an_accounts_and_its_end_is_in_the_audit(
    command: Command, ada: tuple[Quart, httpx.Cookies]
) -> None:
    app, cookies = ada

    listed = command("sessions", "list", "ADA").out
    unknown = command("sessions", "list", "bob")
    ended = command("sessions", "end", "ada")

    assert re.fullmatch(r"[0-9a-f]{64}  curl  seen 20\S+\+00:00\n", listed)
    assert unknown.status == 3
    assert ended.status == 0
    assert not is_signed_in(app, cookies)
    assert json.loads(command("events").out.splitlines()[-1])["kind"] == "sessions ended"


def test_a_change_of_an_account_ends_its_sessions_and_leaves_the_note_to_servers(
    command: Command, ada: tuple[Quart, httpx.Cookies]
) -> None:
    app, cookies = ada

    disabled = command("accounts", "disable", "ada")

    assert (disabled.status, disabled.out) == (0, "ada is disabled; 1 session ended\n")
    assert not is_signed_in(app, cookies)


def test_a_command_ends_what_it_was_told_to_and_not_what_others_left(
    command: Command, environment: pytest.MonkeyPatch, ada: tuple[Quart, httpx.Cookies]
) -> None:
    app, cookies = ada
    with environment.context() as elsewhere:
        elsewhere.setenv("QUART_SESSION_TYPE", "memory")
        command("accounts", "admin", "ada")

    command("accounts", "list")
    command("sessions", "list", "ada")

    assert is_signed_in(app, cookies)


async def test_no_command_takes_the_sessions_for_its_own(
    command: Command, app: Quart, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("QUART_SECRET_KEY", "another key than that of the one that serves")
    store = FilesystemStore(Path(app.config["DATA_DIR"]) / "sessions")
    await store.note_application("the one that serves")

    for words in (("list", "Ada"), ("end", "Ada"), ("sweep",)):
        await asyncio.to_thread(command, "sessions", *words)

    assert await store.application() == "the one that serves"
    await store.close()


def test_what_has_expired_is_swept(command: Command, app: Quart) -> None:
    signed_in(app, "curl/8", name="Ada")

    assert command("sessions", "sweep").out == "0 removed\n"


def test_sessions_that_no_other_process_has_are_refused_in_one_line(
    command: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("QUART_SESSION_TYPE", "memory")

    ended = command("sessions", "list", "Ada")

    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert "SESSION_TYPE is memory" in ended.err
