"""The promises of express-session's suite that are about its cookie and its methods."""

from __future__ import annotations

from datetime import timedelta

import pytest
from quart import Quart, Response, session

from quart_app.sessions import ServerSideSession, Session
from quart_app.testing import Client, FakeClock
from tests.sessions.browser import Browser, CountingStore, cookies_in, look, make_app, put


@pytest.fixture
def store(clock: FakeClock) -> CountingStore:
    return CountingStore(clock=clock)


@pytest.fixture
def browser(store: CountingStore) -> Browser:
    return Browser(make_app(store))


async def test_reloading_finds_what_another_request_has_stored(browser: Browser) -> None:
    async def change_elsewhere(session: ServerSideSession) -> object:
        await browser.copy().visit(put(x=2))
        session["y"] = "unsaved"
        await session.reload()
        return dict(session)

    await browser.arrive(put(x=1))

    assert await browser.look(change_elsewhere) == {"x": 2}


async def test_reloading_one_that_has_ended_finds_nothing(
    browser: Browser, store: CountingStore
) -> None:
    async def end_elsewhere(session: ServerSideSession) -> object:
        await browser.copy().visit(lambda session: session.clear())
        await session.reload()
        return dict(session)

    await browser.arrive(put(x=1))

    assert await browser.look(end_elsewhere) == {}
    assert await store.records() == []


async def test_saving_stores_it_before_the_answer(browser: Browser, store: CountingStore) -> None:
    async def save(session: ServerSideSession) -> object:
        session["x"] = 2
        await session.save()
        return await browser.copy().read("x")

    await browser.arrive(put(x=1))

    assert await browser.look(save) == 2


@pytest.mark.parametrize("reloads", [False, True])
async def test_what_was_saved_is_not_saved_again(
    browser: Browser, store: CountingStore, reloads: bool
) -> None:
    async def save(session: ServerSideSession) -> None:
        if reloads:
            await session.reload()
        session["x"] = 2
        await session.save()

    await browser.arrive(put(x=1))
    store.calls.clear()

    await browser.visit(save)

    assert store.writes == ["patch"]


async def test_its_cookie_ends_with_the_browser(browser: Browser) -> None:
    [cookie] = cookies_in(await browser.visit(put(x=1)))

    assert cookie.attributes == {"HttpOnly", "Path=/", "SameSite=Lax"}


async def test_the_cookie_is_set_once(browser: Browser) -> None:
    responses = [await browser.visit(put(x=number)) for number in range(4)]

    assert [len(cookies_in(response)) for response in responses] == [1, 0, 0, 0]


async def test_a_lasting_cookie_is_told_again_once_in_a_tenth_of_its_time(
    store: CountingStore, clock: FakeClock
) -> None:
    browser = Browser(make_app(store, SESSION_PERMANENT=True, PERMANENT_SESSION_LIFETIME=1000))
    [first] = cookies_in(await browser.visit(put(x=1)))
    assert first.max_age == 1000

    told = []
    for _ in range(20):
        clock.advance(seconds=50)
        told += cookies_in(await browser.visit(look))

    assert {cookie.max_age for cookie in told} == {1000}
    assert len(told) == 10


@pytest.mark.parametrize("lifetime", [timedelta(minutes=1), timedelta(days=20 * 365)])
async def test_its_age_is_that_of_the_session(browser: Browser, lifetime: timedelta) -> None:
    def remember(session: ServerSideSession) -> None:
        session.permanent = True
        session.idle_lifetime = session.absolute_lifetime = lifetime

    await browser.arrive(put(x=1))

    [cookie] = cookies_in(await browser.visit(remember))

    assert cookie.max_age == lifetime.total_seconds()


async def test_its_lifetime_is_the_same_at_all_requests(browser: Browser, clock: FakeClock) -> None:
    def remember(session: ServerSideSession) -> None:
        session["x"] = 1
        session.permanent = True
        session.idle_lifetime = timedelta(minutes=1)

    await browser.visit(remember)
    for _ in range(3):
        clock.advance(seconds=30)
        lifetime = await browser.look(lambda session: session.idle_lifetime)
        assert lifetime == timedelta(minutes=1)


async def test_one_that_is_not_permanent_any_more_ends_with_the_browser(
    store: CountingStore,
) -> None:
    browser = Browser(make_app(store, SESSION_PERMANENT=True))
    await browser.arrive(put(x=1))

    [cookie] = cookies_in(await browser.visit(lambda session: setattr(session, "permanent", False)))

    assert cookie.max_age is None
    assert not cookie.clears


async def test_a_handler_can_override_its_attributes(browser: Browser) -> None:
    def embed(session: ServerSideSession) -> None:
        session["x"] = 1
        session.set_cookie_attributes(secure=True, samesite="None", partitioned=True)

    [cookie] = cookies_in(await browser.visit(embed))

    assert {"Secure", "SameSite=None", "Partitioned"} <= cookie.attributes


@pytest.mark.parametrize("partitioned", [False, True])
async def test_it_is_partitioned_if_the_settings_say_so(
    store: CountingStore, partitioned: bool
) -> None:
    config = {"SESSION_COOKIE_PARTITIONED": partitioned, "SESSION_COOKIE_SECURE": partitioned}
    browser = Browser(make_app(store, **config))

    [cookie] = cookies_in(await browser.visit(put(x=1)))

    assert ("Partitioned" in cookie.attributes) is partitioned


async def test_the_settings_name_it(store: CountingStore) -> None:
    browser = Browser(make_app(store, SESSION_COOKIE_NAME="connect.sid"))

    [cookie] = cookies_in(await browser.visit(put(x=1)))

    assert cookie.name == "connect.sid"
    assert await browser.read("x") == 1


async def test_the_applications_own_cookies_are_kept(browser: Browser) -> None:
    answer = Response("")
    answer.set_cookie("theme", "dark")

    response = await browser.visit(put(x=1), answer=answer)

    assert {cookie.name for cookie in cookies_in(response)} == {"theme", "session"}


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_secure_auto_follows_the_connection(store: CountingStore, scheme: str) -> None:
    client = Client(
        make_app(store, SESSION_COOKIE_SECURE="auto"), base_url=f"{scheme}://example.test"
    )

    async with client.session() as session:
        session["x"] = 1

    cookie = client.cookies.get("session")
    assert cookie is not None
    assert cookie.secure is (scheme == "https")


async def test_what_a_client_says_of_its_connection_is_not_believed(store: CountingStore) -> None:
    browser = Browser(make_app(store, SESSION_COOKIE_SECURE="auto"))

    response = await browser.visit(put(x=1), headers={"X-Forwarded-Proto": "https"})

    [cookie] = cookies_in(response)
    assert "Secure" not in cookie.attributes


async def test_a_secure_cookie_over_plain_http_is_logged(
    store: CountingStore, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser(make_app(store, SESSION_COOKIE_SECURE=True))

    [cookie] = cookies_in(await browser.visit(put(x=1)))

    assert "Secure" in cookie.attributes
    assert "SESSION_COOKIE_SECURE" in caplog.text


def below_a_path(store: CountingStore) -> Client:
    """A browser at an application whose cookie is for some of its pages."""
    app = Quart(__name__)
    app.config["SESSION_COOKIE_PATH"] = "/foo/bar"
    Session(app, store=store)

    @app.get("/", defaults={"rest": ""})
    @app.get("/<path:rest>")
    async def page(rest: str) -> dict[str, object]:
        held = dict(session)
        session["x"] = 1
        return held

    return Client(app)


PATHS = [("/", False), ("/foo/foo/bar", False), ("/foo/bar", True), ("/foo/bar/baz", True)]


@pytest.mark.parametrize(("path", "is_sent"), PATHS)
async def test_the_cookie_goes_to_its_path_only(
    store: CountingStore, path: str, is_sent: bool
) -> None:
    client = below_a_path(store)
    await client.get("/foo/bar")

    assert (await client.get(path)).json() == ({"x": 1} if is_sent else {})


async def test_other_paths_set_the_cookie_too(store: CountingStore) -> None:
    client = below_a_path(store)

    await client.get("/")

    assert (await client.get("/")).json() == {}
    assert (await client.get("/foo/bar")).json() == {"x": 1}
