"""What quart-session 3.0.0 gets wrong about who is signed in. Every scenario is played with both,
so that it is known that a library can fail it."""

from __future__ import annotations

import asyncio
from typing import Any

from quart import session

from tests.sessions.rivals import Outcomes, Rivals, Site, session_cookie

HOME, AWAY = {"X_Forwarded_For": "192.0.2.1"}, {"X_Forwarded_For": "198.51.100.7"}
SIGNED: dict[str, Any] = {"SESSION_USE_SIGNER": True, "SECRET_KEY": "of this test"}
BOUND: dict[str, Any] = {"SESSION_PROTECTION": True, "SESSION_REVERSE_PROXY": True}


async def test_01_a_request_that_began_before_the_sign_out_does_not_undo_it(
    rivals: Rivals,
) -> None:
    async def scenario(site: Site) -> Any:
        ada = site.client()
        await ada.get("/put?name=ada")
        stolen = site.copy(ada)
        slow = asyncio.create_task(site.copy(ada).get("/slowly?late=yes"))
        await site.started.wait()
        await ada.get("/out")
        site.may_go_on.set()
        response = await slow
        return (await site.read(stolen)).get("name"), "Set-Cookie" in response.headers

    outcomes = await rivals.play(scenario)

    assert outcomes.ours[0] is None
    assert outcomes.theirs == ("ada", True)


async def test_02_a_websocket_that_closes_does_not_undo_a_sign_out(rivals: Rivals) -> None:
    async def scenario(site: Site) -> Any:
        ada = site.client()
        await ada.get("/put?name=ada")
        stolen = site.copy(ada)
        async with site.socket(ada):
            await ada.get("/out")
        return (await site.read(stolen)).get("name")

    assert await rivals.play(scenario) == Outcomes(ours=None, theirs="ada")


async def test_03_whoever_knew_the_token_before_the_sign_in_is_not_signed_in_by_it(
    rivals: Rivals,
) -> None:
    async def scenario(site: Site) -> Any:
        attacker = site.client()
        await attacker.get("/put?lang=en")
        victim = site.copy(attacker)
        await victim.get("/put?name=ada")
        assert (await site.read(victim))["name"] == "ada"
        return (await site.read(attacker)).get("name")

    assert await rivals.play(scenario) == Outcomes(ours=None, theirs="ada")


async def test_04_asking_for_signed_cookies_does_no_harm(rivals: Rivals) -> None:
    async def scenario(site: Site) -> int:
        return (await site.client().get("/put?x=1")).status_code

    assert await rivals.play(scenario, **SIGNED) == Outcomes(ours=200, theirs=500)


async def test_05_a_websocket_without_a_cookie_leaves_no_record(rivals: Rivals) -> None:
    async def scenario(site: Site) -> int:
        async with site.socket(site.client()):
            pass
        return site.records()

    assert await rivals.play(scenario) == Outcomes(ours=0, theirs=1)


async def test_05_a_websocket_may_change_the_session_that_it_has(rivals: Rivals) -> None:
    async def scenario(site: Site) -> Any:
        client = site.client()
        await client.get("/put?x=1")
        async with site.socket(client):
            pass
        return await site.read(client), site.errors

    outcomes = await rivals.play(scenario)

    assert outcomes.ours == ({"x": "1", "seen": "yes"}, [])
    assert outcomes.theirs[1] == ["'NoneType' object has no attribute 'response'"]


async def test_06_two_requests_at_once_lose_none_of_their_changes(rivals: Rivals) -> None:
    async def scenario(site: Site) -> Any:
        client = site.client()
        await client.get("/put?begun=yes")
        slow = asyncio.create_task(client.get("/slowly?cart=apple"))
        await site.started.wait()
        await client.get("/put?lang=fr")
        site.may_go_on.set()
        await slow
        return await site.read(client)

    assert await rivals.play(scenario) == Outcomes(
        ours={"begun": "yes", "cart": "apple", "lang": "fr"},
        theirs={"begun": "yes", "cart": "apple"},
    )


async def test_07_reading_keeps_a_session_alive(rivals: Rivals) -> None:
    async def scenario(site: Site) -> Any:
        client = site.client()
        await client.get("/put?x=1")
        for _ in range(12):
            await asyncio.sleep(0.2)
            found = await site.read(client)
        return found

    assert await rivals.play(
        scenario, PERMANENT_SESSION_LIFETIME=2, SESSION_PERMANENT=True
    ) == Outcomes(ours={"x": "1"}, theirs={})


async def test_08_no_cache_hands_one_visitors_page_or_cookie_to_another(rivals: Rivals) -> None:
    async def scenario(site: Site) -> Any:
        client = site.client()
        responses = [await client.get("/put?x=1"), await client.get("/read")]
        return [
            ("Cookie" in response.vary, response.headers.get("Cache-Control"))
            for response in responses
        ]

    assert await rivals.play(scenario) == Outcomes(
        ours=[(True, "no-store"), (True, "no-store")], theirs=[(False, None), (False, None)]
    )


async def test_10_leaving_out_a_header_does_not_switch_protection_off(rivals: Rivals) -> None:
    async def scenario(site: Site) -> Any:
        ada = site.client()
        await ada.get("/put?name=ada", headers={"X-Forwarded-For": "192.0.2.1"})
        return (await site.read(site.copy(ada))).get("name")

    assert await rivals.play(scenario, **BOUND) == Outcomes(ours=None, theirs="ada")


async def test_10_a_stranger_elsewhere_does_not_end_the_session(rivals: Rivals) -> None:
    async def scenario(site: Site) -> Any:
        ada = site.client()
        await ada.get("/put?name=ada", headers={"X-Forwarded-For": "192.0.2.1"})
        await site.read(site.copy(ada), **AWAY)
        return (await site.read(ada, **HOME)).get("name")

    assert await rivals.play(scenario, **BOUND) == Outcomes(ours="ada", theirs=None)


async def test_11_clearing_the_session_does_not_unbind_it(rivals: Rivals) -> None:
    async def scenario(site: Site) -> Any:
        @site.app.route("/fresh")
        async def fresh() -> str:
            session.clear()
            session["name"] = "ada"
            return ""

        ada = site.client()
        await ada.get("/fresh", headers={"X-Forwarded-For": "192.0.2.1"})
        return (await site.read(site.copy(ada), **AWAY)).get("name")

    assert await rivals.play(scenario, **BOUND) == Outcomes(ours=None, theirs="ada")


async def test_23_nothing_in_the_cache_can_be_had_as_a_session(rivals: Rivals) -> None:
    async def scenario(site: Site) -> Any:
        token = session_cookie(await site.client().get("/put?x=1"))
        cache: Any = site.app.session_interface
        planted = '{"name": "ada"}'
        await cache.set(key=f"session:{token}", value=planted, expiry=60, app=site.app)
        return (await site.read(site.client(token))).get("name")

    assert await rivals.play(scenario) == Outcomes(ours=None, theirs="ada")
