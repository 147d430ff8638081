"""What quart-session 3.0.0 gets wrong for whoever uses it. Every scenario that a Redis is enough
for is played with both, so that it is known that a library can fail it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import quart_session
import quart_session.sessions
import redis
from quart import Quart

import quart_app
from quart_app.errors import ConfigurationError
from quart_app.sessions import Session, Store
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import FakeClock
from tests.kit.processes import python
from tests.kit.redis import RedisServer
from tests.sessions.browser import Browser, CountingStore, cookies_in, look, make_app, put
from tests.sessions.rivals import Outcomes, Rivals, Site, close, make_site, session_cookie

HOST_COOKIE: dict[str, Any] = {
    "SESSION_COOKIE_NAME": "__Host-session",
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_PARTITIONED": True,
}


@pytest.mark.parametrize("kind", [MemoryStore, FilesystemStore, RedisStore])
async def test_09_a_session_can_be_ended_wherever_it_is_kept(
    kind: type[Store], tmp_path: Path, clock: FakeClock, redis_server: RedisServer
) -> None:
    stores: dict[type[Store], Store] = {
        MemoryStore: MemoryStore(clock=clock),
        FilesystemStore: FilesystemStore(tmp_path / "sessions", clock=clock),
        RedisStore: RedisStore(url=redis_server.url, clock=clock),
    }
    store = stores[kind]
    browser = Browser(make_app(store))
    await browser.visit(put(name="ada"))
    stolen = browser.copy()

    await browser.visit(lambda session: session.clear())

    assert await stolen.look(look) == {}
    await store.close()


def test_09_quart_session_has_no_delete_for_mongodb() -> None:
    base = quart_session.sessions.SessionInterface

    assert quart_session.sessions.MongoDBSessionInterface.delete is base.delete


async def test_12_sessions_can_be_kept_in_files(tmp_path: Path) -> None:
    config: dict[str, Any] = {
        "SESSION_TYPE": "filesystem",
        "SESSION_FILE_DIR": str(tmp_path / "kept"),
    }
    theirs = Quart(__name__)
    theirs.config.update(config)
    ours = make_app(**config)
    browser = Browser(ours)

    await browser.visit(put(x=1))

    assert await browser.read("x") == 1
    assert [*(tmp_path / "kept").rglob("*")]
    with pytest.raises(NotImplementedError, match="filesystem"):
        quart_session.Session(theirs)
    await close(ours)


async def test_12_without_any_settings_sessions_work(tmp_path: Path) -> None:
    ours = Quart(__name__, instance_path=str(tmp_path))
    theirs = Quart(__name__)
    Session(ours)
    quart_session.Session(theirs)
    found = []

    for app in (ours, theirs):
        client = Site(app, None).client()  # type: ignore[arg-type]
        await client.get("/put?x=1")
        found.append(await (await client.get("/read")).get_data(as_text=True))

    assert '"x":"1"' in found[0]
    assert '"x":"1"' not in found[1]
    await close(ours)


async def test_13_no_start_up_is_needed(rivals: Rivals) -> None:
    async def scenario(site: Site) -> int:
        return (await site.client().get("/put?x=1")).status_code

    assert await rivals.play(scenario, starts=False) == Outcomes(ours=200, theirs=500)


@pytest.mark.parametrize(("kind", "statuses"), [("ours", "200 200"), ("theirs", "200 500")])
def test_14_a_second_event_loop_finds_the_store_again(
    redis_server: RedisServer, kind: str, statuses: str
) -> None:
    ended = python("-W", "ignore", "-m", "tests.sessions.two_loops", kind, redis_server.url)

    assert (ended.returncode, ended.stdout) == (0, statuses)


async def test_15_a_session_that_was_emptied_is_gone(rivals: Rivals) -> None:
    async def scenario(site: Site) -> Any:
        client = site.client()
        await client.get("/put?x=1")
        response = await client.get("/drop/x")
        site.two_minutes_pass()
        return site.records(), [cookie.clears for cookie in cookies_in(response)]

    assert await rivals.play(scenario) == Outcomes(ours=(0, [True]), theirs=(1, [False]))


async def test_16_a_stale_cookie_costs_one_read_and_static_files_none(rivals: Rivals) -> None:
    async def scenario(site: Site) -> int:
        client = site.client()
        await client.get("/put?x=1")
        site.server.tell("FLUSHALL")
        with site.counting_reads() as reads:
            for _ in range(3):
                await client.get("/static/missing.css")
                await client.get("/missing", headers={"Accept": "text/html"})
        return reads[0]

    assert await rivals.play(scenario) == Outcomes(ours=1, theirs=6)


async def test_17_public_pages_work_while_the_store_is_down(rivals: Rivals) -> None:
    async def scenario(site: Site) -> Any:
        client = site.client()
        await client.get("/put?x=1")
        site.server.kill()
        try:
            return (await client.get("/public")).status_code
        except redis.ConnectionError as exc:  # past every error handler of the application
            return type(exc).__name__
        except ExceptionGroup as group:  # the same, from Quart 0.23 on
            return type(group.exceptions[0]).__name__
        finally:
            site.server.start()

    assert await rivals.play(scenario) == Outcomes(ours=200, theirs="ConnectionError")


async def test_18_changes_deep_inside_and_at_a_file_are_kept(rivals: Rivals) -> None:
    async def scenario(site: Site) -> Any:
        client = site.client()
        for path in ("/append", "/append", "/file"):
            await client.get(path)
        return await site.read(client)

    assert await rivals.play(scenario) == Outcomes(
        ours={"cart": ["apple", "apple"], "downloaded": True}, theirs={"cart": ["apple"]}
    )


async def test_19_a_browser_obeys_when_a_cookie_is_cleared(rivals: Rivals) -> None:
    async def scenario(site: Site) -> Any:
        client = site.client()
        responses = [await client.get(path) for path in ("/put?x=1", "/out")]
        set_, cleared = (cookies_in(response)[0] for response in responses)
        return {name: name in cleared.attributes for name in ("Secure", "Path=/")}, (
            "Partitioned" in set_.attributes
        )

    assert await rivals.play(scenario, **HOST_COOKIE) == Outcomes(
        ours=({"Secure": True, "Path=/": True}, True),
        theirs=({"Secure": False, "Path=/": True}, False),
    )


async def test_20_junk_in_the_cookie_is_not_asked_for(rivals: Rivals) -> None:
    async def scenario(site: Site) -> int:
        with site.counting_reads() as reads:
            await site.client("x" * 60_000).get("/public")
        return reads[0]

    assert await rivals.play(scenario) == Outcomes(ours=0, theirs=1)


async def test_20_no_key_is_longer_than_any_store_can_take(
    browser: Browser, store: CountingStore
) -> None:
    await browser.visit(put(x=1))

    assert [len(record.key) for record in await store.records()] == [64]


async def test_21_a_session_transaction_reads_once(rivals: Rivals) -> None:
    async def scenario(site: Site) -> int:
        client = site.client()
        await client.get("/put?x=1")
        await client.get("/public")
        with site.counting_reads() as reads:
            async with client.session_transaction() as session:
                assert session["x"] == "1"
        return reads[0]

    assert await rivals.play(scenario) == Outcomes(ours=1, theirs=2)


async def test_22_a_token_is_no_uuid(rivals: Rivals) -> None:
    async def scenario(site: Site) -> bool:
        token = session_cookie(await site.client().get("/put?x=1"))
        try:
            return UUID(token).version == 4
        except ValueError:
            return False

    assert await rivals.play(scenario) == Outcomes(ours=False, theirs=True)


@pytest.mark.parametrize("permanent", [True, False])
async def test_22_whether_sessions_are_permanent_can_be_set(
    store: CountingStore, permanent: bool
) -> None:
    browser = Browser(make_app(store, SESSION_PERMANENT=permanent))

    [cookie] = cookies_in(await browser.visit(put(x=1)))

    assert (cookie.max_age is not None) == permanent


# With redis-py 6 nothing that quart-session calls was deprecated yet.
@pytest.mark.parametrize(
    ("kind", "statuses"), [(Session, {200}), (quart_session.Session, {200, 500})]
)
async def test_22_a_write_calls_nothing_that_is_deprecated(
    redis_server: RedisServer, kind: type[Any], statuses: set[int]
) -> None:
    site = make_site(kind, redis_server)

    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        async with site.app.test_app():
            response = await site.client().get("/put?x=1")
            await close(site.app)

    assert response.status_code in statuses


@pytest.mark.parametrize(("package", "is_typed"), [(quart_app, True), (quart_session, False)])
def test_22_the_types_are_there_for_whoever_checks_them(package: Any, is_typed: bool) -> None:
    assert (Path(package.__file__).parent / "py.typed").exists() == is_typed


def test_23_an_empty_prefix_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="SESSION_KEY_PREFIX is ''"):
        make_app(SESSION_TYPE="redis", SESSION_KEY_PREFIX="")
