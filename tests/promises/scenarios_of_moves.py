"""Stories about sessions that go on under another token while requests are under way."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

from tests.promises.adapter import Flight
from tests.promises.operations import USER, Operation, Read, Regenerate, SignOut
from tests.promises.promise import Promise
from tests.promises.scenario import Make, Scenario, regenerate, sign_in, signed_in, visiting
from tests.promises.world import Browser, World

# More than any library's request has: a story about each place ends when there are no more.
MOST_PLACES = 30


def _change(world: World, browser: Browser) -> Operation:
    return world.change("lang")


def _read(world: World, browser: Browser) -> Operation:
    return Read()


def _each_way(
    world: World, operation: Make, *, is_loaded: bool
) -> Iterator[tuple[Browser, Flight]]:
    """Requests of all kinds, each on its way in a browser of its own, with its session or not."""
    for number, (background, method) in enumerate(product((True, False), ("POST", "GET"))):
        browser = visiting(world, f"user{number}")
        send = world.begin if is_loaded else world.start
        yield (
            browser,
            send(browser, operation(world, browser), background=background, method=method),
        )


def _a_late_answer(world: World, move: Make, operation: Make, *, is_loaded: bool) -> None:
    for browser, late in _each_way(world, operation, is_loaded=is_loaded):
        world.do(browser, move(world, browser))
        world.read(browser)
        world.finish(late)
        world.read(browser)


def _late_answers(promise: Promise, *, is_loaded: bool) -> Iterator[Scenario]:
    for move, operation in product((sign_in, regenerate), (_read, _change)):
        yield Scenario(
            promise,
            partial(_a_late_answer, move=move, operation=operation, is_loaded=is_loaded),
            needs_regenerate=move is regenerate,
        )


def _a_change_follows(world: World, *, is_loaded: bool, moves: int) -> None:
    for browser, late in _each_way(world, _change, is_loaded=is_loaded):
        for _ in range(moves):
            world.do(browser, Regenerate())
        world.finish(late)
        world.read(browser)


def _changes_that_follow() -> Iterator[Scenario]:
    for is_loaded, moves in product((True, False), (1, 3)):
        tell = partial(_a_change_follows, is_loaded=is_loaded, moves=moves)
        yield Scenario(Promise.FOLLOWS, tell, needs_regenerate=True)


def _the_newer_change_stays(world: World) -> None:
    for place in range(MOST_PLACES):
        browser = visiting(world, f"user{place}")
        mover = world.begin(browser, Regenerate())
        world.do(browser, world.change("cart"))
        world.step_on(mover, place)
        newer = world.change("cart")
        world.do(browser, newer)
        is_over = mover.steps.done
        world.finish(mover)
        if (world.read(browser).seen or {}).get("cart") != newer.fields["cart"]:
            world.model.accuse(Promise.FOLLOWS, f"{browser.name} {newer}, and that is gone")
        if is_over:
            return


def _a_change_too_late_for_a_sign_in(world: World) -> None:
    for browser, late in _each_way(world, _change, is_loaded=True):
        world.do(browser, world.sign_in(browser))
        world.finish(late)


def _sign_in_and_move(world: World, browser: Browser) -> None:
    """Where signing in gives no new token, the application asks for one, if there is a call."""
    before = browser.token
    world.do(browser, world.sign_in(browser))
    if browser.token == before and world.adapter.can_regenerate:
        world.do(browser, Regenerate())


def _planted(world: World, *, is_loaded: bool) -> None:
    for mallory, late in _each_way(world, _change, is_loaded=is_loaded):
        victim = Browser(f"victim of {mallory.name}", mallory.token)
        _sign_in_and_move(world, victim)
        world.finish(late)
        world.do(mallory, world.change("lang"))
        seen = world.read(victim).seen or {}
        if "lang" in seen:
            why = f"lang={seen['lang']}, from a browser with the planted token, is in the session"
            world.model.accuse(Promise.NOTHING_FOLLOWS, why)


def _a_planted_sign_out(world: World) -> None:
    for mallory, late in _each_way(world, lambda *_: SignOut(), is_loaded=True):
        victim = Browser(f"victim of {mallory.name}", mallory.token)
        _sign_in_and_move(world, victim)
        world.finish(late)
        if USER not in (world.read(victim).seen or {}):
            why = "a browser with the planted token has signed out who signed in"
            world.model.accuse(Promise.NOTHING_FOLLOWS, why)


def _two_sign_ins_at_once(world: World) -> None:
    browser = visiting(world)
    slow = world.begin(browser, world.sign_in(browser))
    world.do(browser, world.sign_in(browser))
    world.finish(slow)
    _is_signed_in(world, browser)


def _signing_in_late(world: World, move: Make) -> None:
    browser = signed_in(world)
    late = world.start(browser, world.sign_in(browser, "bob"))
    world.do(browser, move(world, browser))
    world.finish(late)
    _is_signed_in(world, browser)


def _is_signed_in(world: World, browser: Browser) -> None:
    if USER not in (world.read(browser).seen or {}):
        world.model.accuse(Promise.SIGNED_IN, f"{browser.name} is not signed in")


def _two_exchanges_at_once(world: World) -> None:
    browser = signed_in(world)
    slow = world.begin(browser, Regenerate())
    world.do(browser, Regenerate())
    world.finish(slow)


def _signing_out_over(world: World, *, is_loaded: bool, moves: int, sign_out: SignOut) -> None:
    browser = signed_in(world)
    world.do(browser, world.change("cart"))
    late = (world.begin if is_loaded else world.start)(browser, sign_out)
    for _ in range(moves):
        world.do(browser, Regenerate())
    world.finish(late)
    if USER in (world.read(browser).seen or {}):
        why = f"{browser.name} is signed in still, after {moves} new tokens"
        world.model.accuse(Promise.SIGN_OUT_WINS, why)


def _sign_outs_over_moves() -> Iterator[Scenario]:
    for is_loaded, moves, sign_out in product(
        (True, False), (1, 3), (SignOut(), SignOut("pop"), SignOut("none"))
    ):
        tell = partial(_signing_out_over, is_loaded=is_loaded, moves=moves, sign_out=sign_out)
        yield Scenario(Promise.SIGN_OUT_WINS, tell, needs_regenerate=True)


def _signing_in_over_a_move(world: World) -> None:
    browser = signed_in(world)
    slow = world.begin(browser, world.sign_in(browser, "bob"))
    world.do(browser, Regenerate())
    before = Browser("somebody with ada's last token", browser.token)
    world.finish(slow)
    if before.token != browser.token and (world.read(before).seen or {}).get(USER) == "ada@one":
        world.model.accuse(Promise.SIGN_OUT_WINS, "ada is signed in still, after bob's sign-in")


def _ending_all_at_each_place(world: World, make: Make) -> None:
    for place in range(MOST_PLACES):
        browser = signed_in(world, f"user{place}")
        world.do(browser, Regenerate())
        flight = world.start(browser, make(world, browser))
        world.step_on(flight, place)
        user = f"ada@{browser.name}"
        world.end_all(user)
        is_over = flight.steps.done
        world.finish(flight)
        for text in [*world.model.tokens]:
            if (world.read(Browser(f"somebody of {user}", text)).seen or {}).get(USER) == user:
                world.model.accuse(Promise.SIGN_OUT_WINS, f"{user} is signed in still")
        if is_over:
            return


def _an_answer_lost_at_each_place(world: World, make: Make) -> None:
    for place in range(MOST_PLACES):
        browser = visiting(world, f"user{place}")
        flight = world.start(browser, make(world, browser))
        world.step_on(flight, place)
        if flight.steps.done:
            return
        if flight.awaits_answer:
            world.lose_answer(flight)
        world.finish(flight)
        if "cart" not in (world.read(browser).seen or {}):
            world.model.accuse(Promise.ANSWER_LOST, f"{browser.name} has lost the session")


def _lost_answers() -> Iterator[Scenario]:
    for make in (_change, sign_in, regenerate):
        yield Scenario(
            Promise.ANSWER_LOST,
            partial(_an_answer_lost_at_each_place, make=make),
            needs_regenerate=make is regenerate,
            needs_lost_answers=True,
        )


def _to_nobody(world: World, browser: Browser) -> Operation:
    return SignOut()


SCENARIOS_OF_MOVES = (
    Scenario(Promise.NO_UPDATE_LOST, _a_change_too_late_for_a_sign_in),
    Scenario(Promise.ONE_WINNER, _two_exchanges_at_once, needs_regenerate=True),
    *_sign_outs_over_moves(),
    Scenario(Promise.SIGN_OUT_WINS, _signing_in_over_a_move, needs_regenerate=True),
    *(
        Scenario(
            Promise.SIGN_OUT_WINS,
            partial(_ending_all_at_each_place, make=make),
            needs_regenerate=True,
            needs_end_all=True,
        )
        for make in (_change, regenerate)
    ),
    *_late_answers(Promise.NEWER_COOKIE, is_loaded=True),
    *_late_answers(Promise.LATE_REQUEST, is_loaded=False),
    *_changes_that_follow(),
    Scenario(Promise.FOLLOWS, _the_newer_change_stays, needs_regenerate=True),
    Scenario(Promise.NOTHING_FOLLOWS, partial(_planted, is_loaded=True)),
    Scenario(Promise.NOTHING_FOLLOWS, partial(_planted, is_loaded=False)),
    Scenario(Promise.NOTHING_FOLLOWS, _a_planted_sign_out),
    Scenario(Promise.SIGNED_IN, _two_sign_ins_at_once),
    *(
        Scenario(
            Promise.SIGNED_IN,
            partial(_signing_in_late, move=move),
            needs_regenerate=move is regenerate,
        )
        for move in (regenerate, sign_in, _to_nobody)
    ),
    *_lost_answers(),
)
