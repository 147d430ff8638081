"""The pages of who has an account: a new password, and an end to sessions elsewhere."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from quart import Quart

from quart_app import Login
from quart_app.accounts import Administration, EndingNote
from quart_app.login.account import Account
from quart_app.login.members import members_of
from quart_app.login.stages import Sent
from quart_app.testing import BrokenStore, FakeClock
from tests.login.conftest import sign_in
from tests.login.passwords.members import OTHER, RIGHT, WRONG, accounts_of
from tests.web.asking import browser, cookie_set_by, shown

FRENCH = {"Accept-Language": "fr"}
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
CHROME = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537"}


@pytest.fixture
async def ada(app: Quart, office: Administration) -> AsyncIterator[httpx.AsyncClient]:
    """In a browser that tells where a form of hers is from."""
    async with browser(app, headers={"Sec-Fetch-Site": "same-origin", **FIREFOX}) as ada:
        await sign_in(ada, "ada", RIGHT)
        yield ada


@pytest.fixture
async def elsewhere(app: Quart, ada: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Her other browser."""
    async with browser(app, headers=CHROME) as elsewhere:
        await sign_in(elsewhere, "ada", RIGHT)
        yield elsewhere


async def change(browser: httpx.AsyncClient, new: str, *, password: str = RIGHT) -> httpx.Response:
    """Sends the form for a new password."""
    return await browser.post("/password", data={"password": password, "new": new})


def is_in(page: httpx.Response) -> bool:
    return page.text == "Notes of Ada"


async def test_a_new_password_ends_all_other_sessions_and_gives_this_one_a_new_token(
    app: Quart, ada: httpx.AsyncClient, elsewhere: httpx.AsyncClient
) -> None:
    before = ada.cookies["session"]
    others_page = await elsewhere.head("/events")

    answer = await change(ada, OTHER)

    told = await ada.get("/password")
    told_again = await ada.get("/password")
    async with browser(app) as anew:
        with_the_old = await sign_in(anew, "ada", RIGHT)
        with_the_new = await sign_in(anew, "ada", OTHER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/password")
    assert "Your new password holds." in told.text
    assert "Your new password holds." not in told_again.text
    assert ada.cookies["session"] != before
    assert is_in(await ada.get("/notes"))
    assert (await elsewhere.get("/notes")).status_code == 302
    assert (others_page.status_code, (await elsewhere.head("/events")).status_code) == (200, 204)
    assert (with_the_old.status_code, with_the_new.status_code) == (401, 303)


async def test_what_other_browsers_keep_counts_no_more_and_this_one_is_known_anew(
    app: Quart, ada: httpx.AsyncClient, elsewhere: httpx.AsyncClient
) -> None:
    before = ada.cookies["known_device"]
    answer = await change(ada, OTHER)
    async with browser(app) as stranger:
        for _ in range(5):
            await sign_in(stranger, "ada", WRONG)

    assert cookie_set_by(answer, "known_device")
    assert ada.cookies["known_device"] != before
    assert (await sign_in(elsewhere, "ada", OTHER)).status_code == 429
    assert (await sign_in(ada, "ada", OTHER)).status_code == 303


@pytest.mark.parametrize(
    ("new", "words", "french"),
    [
        ("short", "Take at least 15 characters", "au moins 15 caractères"),
        ("", "Take at least 15 characters", "au moins 15 caractères"),
        ("x" * 300, "Take no more than 256", "au plus 256"),
        ("abcabcabcabcabcabc", "the same few characters", "toujours les mêmes"),
        ("abcdefghijklmnopq", "mostly a sequence", "une suite"),
        ("qwertyuiopasdfgh", "keys beside each other", "touches voisines"),
        ("sunshinesunshine", "one common word", "mot courant"),
    ],
)
async def test_a_password_that_is_not_taken_is_refused_with_the_reason(
    ada: httpx.AsyncClient, new: str, words: str, french: str
) -> None:
    answer = await change(ada, new)
    in_french = await ada.post("/password", data={"password": RIGHT, "new": new}, headers=FRENCH)

    assert (answer.status_code, in_french.status_code) == (400, 400)
    assert words in answer.text
    assert french in in_french.text
    assert 'aria-invalid="true"' in answer.text.partition('id="new"')[2]
    assert is_in(await ada.get("/notes"))


class ByCode:
    """A second step."""

    method = "code"
    template = "login/login.html"
    asks_password = True

    async def is_due(self, account: Account) -> bool:
        return True

    async def verify(self, sent: Sent) -> Account:
        return sent.account


async def test_a_browser_that_passed_the_password_is_known_also_where_a_second_step_follows(
    app: Quart, login: Login, office: Administration
) -> None:
    login.add_stage(ByCode())

    async with browser(app) as ada:
        first = await sign_in(ada, "ada", RIGHT)
        second = await sign_in(ada, "ada", "the code")
        page = await ada.get("/notes")

    assert (first.status_code, second.status_code, is_in(page)) == (200, 303, True)
    assert cookie_set_by(first, "known_device")


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/password", "/sessions"])
async def test_other_methods_are_refused_by_a_page_of_ours(
    app: Quart, office: Administration, path: str, method: str
) -> None:
    async with browser(app) as visitor:
        answer = await visitor.request(method, path)

    assert answer.status_code == (200 if method == "OPTIONS" else 405)
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert ("This address cannot do that" in answer.text) is (method != "OPTIONS")


async def test_the_current_password_is_asked_and_guesses_at_it_are_slowed(
    ada: httpx.AsyncClient, elsewhere: httpx.AsyncClient, office: Administration
) -> None:
    none = await change(ada, OTHER, password="")
    wrong = [await change(ada, OTHER, password=WRONG) for _ in range(11)]

    assert none.status_code == 400
    assert [answer.status_code for answer in wrong] == [401] * 10 + [429]
    assert "This is not your password." in wrong[0].text
    assert wrong[-1].headers["retry-after"] == "1"
    assert is_in(await elsewhere.get("/notes"))
    audit = [event async for _, event in office.events()]
    assert (audit[-1].kind, audit[-1].outcome) == ("current password", "slowed down")
    assert audit[-1].device == "Firefox on Linux"


async def test_the_sessions_of_the_account_are_listed_with_their_devices_and_times(
    ada: httpx.AsyncClient, elsewhere: httpx.AsyncClient, clock: FakeClock
) -> None:
    clock.advance(minutes=30)
    page = shown(await ada.get("/sessions"))
    in_french = shown(await ada.get("/sessions", headers=FRENCH))

    this, other = re.findall(r"<li>(.*?)</li>", page, re.DOTALL)
    assert "Firefox on Linux" in this
    assert "This is the one that you are using." in this
    assert "Chrome on Windows" in other
    assert "Last seen: <time" in other
    assert "30 minutes ago" in other
    assert "Chrome sur Windows" in in_french


async def test_one_session_is_ended_and_the_others_go_on(
    app: Quart, ada: httpx.AsyncClient, elsewhere: httpx.AsyncClient
) -> None:
    async with browser(app) as third:
        await sign_in(third, "ada", RIGHT)
        page = await ada.get("/sessions")
        chrome = page.text.partition("Chrome on Windows")[2]
        [key] = re.findall(r'name="end" value="(\w+)"', chrome)[:1]

        answer = await ada.post("/sessions", data={"end": key})

        assert answer.headers["location"] == "/sessions"
        assert "That session has ended." in (await ada.get("/sessions")).text
        assert (await elsewhere.get("/notes")).status_code == 302
        assert is_in(await third.get("/notes"))
        assert is_in(await ada.get("/notes"))


async def test_the_session_of_another_account_is_not_ended(
    app: Quart, ada: httpx.AsyncClient, office: Administration
) -> None:
    async with browser(app) as bob:
        await sign_in(bob, "bob", RIGHT)
        account = await office.find("bob")
        [record] = await app.session_interface.owned_by(account.id)  # type: ignore[attr-defined]

        await ada.post("/sessions", data={"end": record.key})

        assert "That session has ended." not in (await ada.get("/sessions")).text
        assert (await bob.get("/notes")).text == "Notes of Bob"


async def test_all_others_are_ended_and_this_one_goes_on_under_a_new_token(
    ada: httpx.AsyncClient, elsewhere: httpx.AsyncClient, office: Administration
) -> None:
    before = ada.cookies["session"]

    answer = await ada.post("/sessions", data={"others": "1"})

    page = await ada.get("/sessions")
    assert answer.headers["location"] == "/sessions"
    assert "You are logged out everywhere else." in page.text
    assert 'name="others"' not in page.text
    assert ada.cookies["session"] != before
    assert (await elsewhere.get("/notes")).status_code == 302
    assert [event.kind async for _, event in office.events()][-1] == "sessions ended"


async def test_sessions_are_ended_by_who_proved_a_moment_ago_to_be_the_owner(
    ada: httpx.AsyncClient, elsewhere: httpx.AsyncClient, clock: FakeClock
) -> None:
    clock.advance(minutes=11)

    asked = await ada.post("/sessions", data={"others": "1"})
    went_on = is_in(await elsewhere.get("/notes"))
    proved = await ada.post("/confirm", data={"password": RIGHT, "next": "/sessions"})
    await ada.post("/sessions", data={"others": "1"})

    assert (asked.status_code, asked.headers["location"]) == (303, "/confirm?next=/sessions")
    assert proved.headers["location"] == "/sessions"
    assert went_on
    assert (await elsewhere.get("/notes")).status_code == 302


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_page_of_who_is_signed_in_has_a_way_to_log_out(
    app: Quart, ada: httpx.AsyncClient, language: str
) -> None:
    words = {"en": "Log out", "fr": "Se déconnecter"}[language]
    for path in ("/password", "/sessions", "/confirm"):
        page = (await ada.get(path, headers={"Accept-Language": language})).text

        form = page.partition('action="/logout" method="post"')[2].partition("</form>")[0]
        assert words in form, path
        assert re.search(r'name="token" value="\w+"', form), path


@pytest.mark.parametrize("fields", [{"others": "1"}, {"end": "0" * 64}], ids=["all", "one"])
async def test_another_site_ends_no_sessions(
    app: Quart, ada: httpx.AsyncClient, elsewhere: httpx.AsyncClient, fields: dict[str, str]
) -> None:
    refused = await ada.post(
        "/sessions", data=fields, headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil"}
    )
    del ada.headers["Sec-Fetch-Site"]
    without_token = await ada.post("/sessions", data=fields)
    page = await ada.get("/sessions")
    [token] = set(re.findall(r'name="token" value="(\w+)"', page.text))
    with_token = await ada.post("/sessions", data={**fields, "token": token})

    assert (refused.status_code, without_token.status_code) == (403, 403)
    assert with_token.status_code == 303


async def test_who_is_not_signed_in_is_sent_to_the_form(
    visitor: httpx.AsyncClient, office: Administration
) -> None:
    for path in ("/password", "/sessions"):
        page = await visitor.get(path)
        sent = await visitor.post(path, data={"others": "1"})

        assert page.headers["location"] == f"/login?next={path}"
        assert (sent.status_code, sent.headers["location"]) == (303, "/login")


async def test_an_account_that_is_gone_is_signed_out_by_its_pages(
    app: Quart, ada: httpx.AsyncClient, office: Administration
) -> None:
    await office.delete("ada")  # and whoever did it has not ended its sessions yet

    answer = await change(ada, OTHER)

    assert answer.headers["location"] == "/"
    assert (await ada.get("/notes")).status_code == 302


async def test_what_was_left_to_end_is_taken_up_by_any_worker(
    app: Quart, ada: httpx.AsyncClient, elsewhere: httpx.AsyncClient, office: Administration
) -> None:
    await office.disable("ada")
    before = is_in(await ada.get("/notes"))

    await members_of(app).endings.take_up()

    assert before
    assert (await ada.get("/notes")).status_code == 302
    assert (await elsewhere.get("/notes")).status_code == 302
    assert await accounts_of(app).pending_endings() == []


async def test_who_signs_in_after_a_change_is_not_taken_for_one_of_those_before(
    app: Quart, elsewhere: httpx.AsyncClient, office: Administration
) -> None:
    await office.set_password("ada", OTHER)  # and whoever did it has not ended its sessions yet

    async with browser(app) as anew:
        await sign_in(anew, "ada", OTHER)
        await members_of(app).endings.take_up()

        assert is_in(await anew.get("/notes"))
        assert (await elsewhere.get("/notes")).status_code == 302


async def test_who_signs_in_while_what_others_left_is_ended_stays_signed_in(
    app: Quart, office: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    endings = members_of(app).endings
    end_sessions = endings.end_sessions
    for name in ("Bob", "Ada"):
        await office.end_everything_of(name)

    async with browser(app) as ada:

        async def end_while_ada_signs_in(ending: EndingNote) -> None:
            monkeypatch.setattr(endings, "end_sessions", end_sessions)
            await end_sessions(ending)
            await sign_in(ada, "ada", RIGHT)

        monkeypatch.setattr(endings, "end_sessions", end_while_ada_signs_in)
        await endings.take_up()

        assert is_in(await ada.get("/notes"))
    assert await accounts_of(app).pending_endings() == []


async def test_an_outage_of_the_sessions_leaves_the_note_and_this_session_lives(
    app: Quart,
    ada: httpx.AsyncClient,
    elsewhere: httpx.AsyncClient,
    store: BrokenStore,
    office: Administration,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changing = accounts_of(app).change_password

    async def then_an_outage(*args: Any, **named: Any) -> Any:
        changed = await changing(*args, **named)
        store.broken = True
        return changed

    monkeypatch.setattr(accounts_of(app), "change_password", then_an_outage)
    answer = await change(ada, OTHER)
    store.broken = False
    left = await accounts_of(app).pending_endings()
    await members_of(app).endings.take_up()

    assert (answer.status_code, len(left)) == (503, 1)
    assert "What you did last may have to be done again." in answer.text
    assert is_in(await ada.get("/notes"))
    assert (await elsewhere.get("/notes")).status_code == 302


async def test_a_client_that_hangs_up_leaves_no_half_of_a_change(
    app: Quart,
    ada: httpx.AsyncClient,
    elsewhere: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endings, is_changed, may_end = members_of(app).endings, asyncio.Event(), asyncio.Event()
    end = endings.end

    async def end_later(ending: EndingNote) -> None:
        is_changed.set()
        await may_end.wait()
        await end(ending)

    monkeypatch.setattr(endings, "end", end_later)
    asking = asyncio.create_task(change(ada, OTHER))
    await is_changed.wait()
    asking.cancel()
    await asyncio.wait([asking])
    may_end.set()
    await endings.drain()

    assert asking.cancelled()
    assert (await elsewhere.get("/notes")).status_code == 302
    assert await accounts_of(app).pending_endings() == []


async def test_where_no_accounts_are_kept_there_are_no_such_pages(bare: Quart) -> None:
    Login(bare)

    async with browser(bare) as visitor:
        assert (await visitor.get("/password")).status_code == 404
        assert (await visitor.get("/sessions")).status_code == 404
