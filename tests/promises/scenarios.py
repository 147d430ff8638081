"""For each promise the shortest stories that put it to the test, to be told to any library."""

from __future__ import annotations

from functools import partial

from tests.promises.operations import Drop, Operation, Read, Regenerate, SignOut
from tests.promises.promise import Promise
from tests.promises.scenario import Begin, Make, Scenario, regenerate, sign_in, signed_in, visiting
from tests.promises.scenarios_of_moves import SCENARIOS_OF_MOVES
from tests.promises.world import Browser, World

IDLE_SECONDS = 100
# More than any library's request has: a story about each place ends when there are no more.
MOST_PLACES = 30


def _meanwhile(world: World, *, who: Begin, slow: Make, then: Make) -> None:
    browser = who(world)
    late = world.begin(browser, slow(world, browser))
    world.do(browser, then(world, browser))
    world.finish(late)


def _a_change_while_the_cookie_comes_back(world: World, late: str) -> None:
    for place in range(MOST_PLACES):
        browser = visiting(world, f"user{place}")
        slow = world.start(browser, Regenerate() if late == "regenerate" else world.append())
        world.step_on(slow, place)
        if slow.steps.done:
            return
        world.do(browser, world.change("cart"))
        world.finish(slow)
        world.read(browser)


def _appending_twice(world: World) -> None:
    browser = signed_in(world)
    world.do(browser, world.append())
    world.do(browser, world.append())


def _two_visitors(world: World) -> None:
    one, two = visiting(world), visiting(world, "two")
    world.read(one)
    world.read(two)


def _another_user_takes_over(world: World) -> None:
    browser = signed_in(world)
    world.do(browser, world.change("cart"))
    world.do(browser, world.sign_in(browser, "bob"))


def _signing_in_with_a_planted_token(world: World) -> None:
    browser = visiting(world)
    world.do(browser, world.sign_in(browser))


def _regenerating(world: World) -> None:
    browser = signed_in(world)
    world.do(browser, Regenerate())


def _an_invented_token(world: World) -> None:
    mallory = world.invent()
    world.read(mallory)
    world.do(mallory, world.change("cart"))


def _expiring_under_a_change(world: World) -> None:
    browser = signed_in(world)
    late = world.begin(browser, world.change("cart"))
    world.advance(IDLE_SECONDS + 1)
    world.finish(late)


def _reading_now_and_then(world: World) -> None:
    browser = signed_in(world)
    for _ in range(3):
        world.advance(IDLE_SECONDS * 0.6)
        world.read(browser)


def _only_looking(world: World) -> None:
    world.read(Browser("one"))
    world.read(world.invent())
    world.do(Browser("two"), SignOut())


def _looking_signed_in(world: World) -> None:
    world.read(signed_in(world))


def _dropping_the_last_field(world: World) -> None:
    browser = visiting(world)
    world.do(browser, Drop("cart"))
    world.count()


def _at_each_place(world: World, leave: str, make: Make) -> None:
    for place in range(MOST_PLACES):
        browser = Browser(f"user{place}")
        world.do(browser, world.change("cart", "lang"))
        flight = world.start(browser, make(world, browser))
        world.step_on(flight, place)
        if flight.steps.done:
            return
        if leave == "hang up":
            world.hang_up(flight)
            if not flight.steps.done:
                world.finish(flight)
        else:
            world.kill(flight)
        world.read(browser)
        world.count()


def _gone_during(leave: str, make: Make) -> Scenario:
    needs = make is regenerate
    return Scenario(
        Promise.HANG_UP, lambda world: _at_each_place(world, leave, make), needs_regenerate=needs
    )


def _change_both(world: World, browser: Browser) -> Operation:
    return world.change("cart", "lang")


def _change(name: str) -> Make:
    return lambda world, browser: world.change(name)


def _meanwhile_is(promise: Promise, *, slow: Make, then: Make, who: Begin = signed_in) -> Scenario:
    return Scenario(promise, partial(_meanwhile, who=who, slow=slow, then=then))


SCENARIOS = (
    _meanwhile_is(Promise.SIGNED_OUT, slow=_change("cart"), then=lambda *_: SignOut()),
    _meanwhile_is(Promise.SIGNED_OUT, slow=lambda *_: Read(), then=lambda *_: SignOut()),
    _meanwhile_is(Promise.SIGNED_OUT, slow=_change("cart"), then=lambda *_: SignOut("pop")),
    _meanwhile_is(Promise.NO_UPDATE_LOST, slow=_change("cart"), then=_change("lang")),
    _meanwhile_is(Promise.NO_UPDATE_LOST, slow=sign_in, then=_change("lang"), who=visiting),
    Scenario(
        Promise.NO_UPDATE_LOST, lambda world: _a_change_while_the_cookie_comes_back(world, "append")
    ),
    Scenario(
        Promise.NO_UPDATE_LOST,
        lambda world: _a_change_while_the_cookie_comes_back(world, "regenerate"),
        needs_regenerate=True,
    ),
    Scenario(Promise.NESTED, _appending_twice),
    Scenario(Promise.PRIVATE, _two_visitors),
    Scenario(Promise.TAKEOVER, _another_user_takes_over, needs_named_owner=True),
    Scenario(Promise.NEW_TOKEN, _signing_in_with_a_planted_token),
    Scenario(Promise.NEW_TOKEN, _regenerating, needs_regenerate=True),
    Scenario(Promise.NOT_ADOPTED, _an_invented_token),
    Scenario(Promise.EXPIRED, _expiring_under_a_change, needs_clock=True),
    Scenario(Promise.ACTIVE, _reading_now_and_then, needs_clock=True),
    Scenario(Promise.NOTHING_LEFT, _only_looking),
    Scenario(Promise.NOTHING_LEFT, _looking_signed_in),
    Scenario(Promise.NOTHING_LEFT, _dropping_the_last_field),
    *(
        _gone_during(leave, make)
        for leave in ("hang up", "kill")
        for make in (_change_both, sign_in, regenerate)
    ),
    *SCENARIOS_OF_MOVES,
)
