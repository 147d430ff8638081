"""The session is a dict to whoever holds it, and notices every look and every change."""

from __future__ import annotations

import json
import operator
import pickle
from collections.abc import Callable
from copy import copy, deepcopy
from typing import Any

import pytest
from flask.sessions import SessionMixin

from quart_app.sessions import ServerSideSession
from tests.sessions.browser import Browser, CountingStore, look, put

Handler = Callable[[ServerSideSession], Any]

START: dict[str, Any] = {"a": 1, "list": [1], "dict": {"in": {"deep": 0}}}

# Each method that `dict` has must be in one of these, so that a new Python cannot add a way in
# that nobody noticed.
READS: dict[str, Handler] = {
    "__getitem__": lambda s: s["a"],
    "__contains__": lambda s: "a" in s,
    "__iter__": lambda s: [*iter(s)],
    "__len__": len,
    "__reversed__": lambda s: [*reversed(s)],
    "__eq__": lambda s: s == {},
    "__ne__": lambda s: s != {},
    "__or__": lambda s: s | {},
    "__ror__": lambda s: {} | s,
    "get": lambda s: s.get("none"),
    "keys": lambda s: s.keys(),
    "values": lambda s: s.values(),
    "items": lambda s: s.items(),
    "copy": lambda s: s.copy(),
}
CHANGES: dict[str, tuple[Handler, dict[str, Any]]] = {
    "__setitem__": (lambda s: s.__setitem__("a", 2), {**START, "a": 2}),
    "__delitem__": (lambda s: s.__delitem__("a"), {"list": [1], "dict": START["dict"]}),
    "__ior__": (lambda s: s.__ior__({"a": 2, "b": 3}), {**START, "a": 2, "b": 3}),
    "pop": (lambda s: s.pop("a"), {"list": [1], "dict": START["dict"]}),
    "popitem": (lambda s: s.popitem(), {"a": 1, "list": [1]}),
    "clear": (lambda s: s.clear(), {}),
    "update": (lambda s: s.update({"a": 2}, b=3), {**START, "a": 2, "b": 3}),
    "setdefault": (lambda s: s.setdefault("b", []).append(1), {**START, "b": [1]}),
}
LOOKS_AT_NOTHING = {
    *("__class_getitem__", "fromkeys", "__init__", "__new__", "__repr__", "__getattribute__"),
    *("__sizeof__", "__doc__", "__hash__", "__ge__", "__gt__", "__le__", "__lt__"),
}
OTHER_LOOKS: dict[str, Handler] = {
    "bool": bool,
    "dict()": dict,
    "list()": list,
    "sorted()": sorted,
    "unpacking": lambda s: {**s},
    "keyword arguments": lambda s: (lambda **kw: kw)(**s),
    "json": json.dumps,
    "union": lambda s: s | {"x": 1},
    "union from the left": lambda s: {"x": 1} | s,
    "update of another dict": lambda s: dict[str, Any]().update(s),
    "copy.copy": copy,
    "deepcopy": deepcopy,
    "pickle": pickle.dumps,
    "equality from the left": lambda s: operator.eq({}, s),
    "setdefault of what is there": lambda s: s.setdefault("a", 5),
    "pop of what is not": lambda s: s.pop("none", None),
}
NESTED: dict[str, tuple[Handler, str, Any]] = {
    "append": (lambda s: s["list"].append(2), "list", [1, 2]),
    "through get": (lambda s: s.get("list", []).append(2), "list", [1, 2]),
    "through values": (lambda s: [*s.values()][1].append(2), "list", [1, 2]),
    "through a copy": (lambda s: s.copy()["list"].append(2), "list", [1, 2]),
    "dict in dict": (lambda s: s["dict"]["in"].update(deep=1), "dict", {"in": {"deep": 1}}),
    "deep deletion": (lambda s: s["dict"].pop("in"), "dict", {}),
    "augmented": (lambda s: s["list"].__iadd__([2]), "list", [1, 2]),
}


def emptied_and_filled(session: ServerSideSession) -> None:
    kept = dict(session)
    session.clear()
    session.update(kept)


NO_CHANGES: dict[str, Handler] = {
    "read": look,
    "same value": put(a=1),
    "equal value": put(list=[1]),
    "there and back": lambda s: s["list"].append(s["list"].pop()),
    "set and deleted": lambda s: (put(x=1)(s), s.pop("x")),
    "deleted and set": lambda s: s.__setitem__("a", s.pop("a")),
    "emptied and filled": emptied_and_filled,
    "pop of nothing": lambda s: s.pop("none", None),
}


@pytest.fixture
async def filled(browser: Browser, store: CountingStore) -> Browser:
    """Somebody with a session; what was asked of the store so far is forgotten."""
    await browser.arrive(put(**deepcopy(START)))
    store.calls.clear()
    return browser


def test_every_method_of_a_dict_is_known_here() -> None:
    of_dict = set(dir(dict)) - set(dir(object))

    assert of_dict - READS.keys() - CHANGES.keys() - LOOKS_AT_NOTHING == set()


@pytest.mark.parametrize(
    "how", [*READS.values(), *OTHER_LOOKS.values()], ids=[*READS, *OTHER_LOOKS]
)
async def test_every_look_is_noticed_and_writes_nothing(
    filled: Browser, store: CountingStore, how: Handler
) -> None:
    def accessed_by_looking(session: ServerSideSession) -> tuple[bool, bool]:
        before = session.accessed
        how(session)
        return before, session.accessed

    assert await filled.look(accessed_by_looking) == (False, True)
    assert store.calls == ["find"]


@pytest.mark.parametrize(("how", "after"), CHANGES.values(), ids=CHANGES.keys())
async def test_every_change_is_noticed_and_kept(
    filled: Browser, store: CountingStore, how: Handler, after: dict[str, Any]
) -> None:
    def modified_by(session: ServerSideSession) -> tuple[bool, bool, bool]:
        before = session.modified
        how(session)
        return before, session.accessed, session.modified

    assert await filled.look(modified_by) == (False, True, True)
    # A visitor's session is deleted only once it is empty in the store too.
    assert store.calls == ["find", "patch", *([] if after else ["retire"])]
    assert await filled.look(look) == after


@pytest.mark.parametrize(("how", "name", "after"), NESTED.values(), ids=NESTED.keys())
async def test_a_change_deep_inside_is_noticed_and_kept(
    filled: Browser, store: CountingStore, how: Handler, name: str, after: Any
) -> None:
    await filled.visit(how)

    assert store.writes == ["patch"]
    assert await filled.read(name) == after


@pytest.mark.parametrize("how", NO_CHANGES.values(), ids=NO_CHANGES.keys())
async def test_what_ends_as_it_was_is_no_change(
    filled: Browser, store: CountingStore, how: Handler
) -> None:
    await filled.visit(how)

    assert store.writes == []
    assert await filled.look(look) == START


async def test_only_what_changed_is_written(browser: Browser, store: CountingStore) -> None:
    await browser.visit(put(a=1, b=2))
    [before] = await store.records()

    await browser.visit(put(b=3))

    [after] = await store.records()
    assert sum(before.fields[name] != after.fields[name] for name in before.fields) == 1


async def test_methods_return_what_those_of_a_dict_return(filled: Browser) -> None:
    def results(session: ServerSideSession) -> list[Any]:
        plain = dict(session)
        both = []
        for it in (session, plain):
            both.append(
                [
                    *(it.pop("none", 7), it.setdefault("a", 5), it.setdefault("new")),
                    *(it.popitem(), [*it], [*reversed(it)], len(it), it | {"x": 1}, it.copy()),
                    *(it.update(z=1), it.get("z"), it.pop("z"), it == plain),
                ]
            )
            it.clear()
            both[-1].append([*it])
        return both

    ours, of_dict = await filled.look(results)

    assert ours == of_dict


async def test_what_is_not_there_is_a_key_error(browser: Browser) -> None:
    def miss(session: ServerSideSession) -> bool:
        for how in (session.__getitem__, session.__delitem__, session.pop):
            with pytest.raises(KeyError, match="none"):
                how("none")
        with pytest.raises(KeyError):
            session.popitem()
        return True

    assert await browser.look(miss)


async def test_it_is_what_frameworks_take_a_session_for(browser: Browser) -> None:
    assert issubclass(ServerSideSession, SessionMixin)
    assert issubclass(ServerSideSession, dict)
    assert await browser.look(lambda s: json.loads(json.dumps(s | {"x": [1]}))) == {"x": [1]}


@pytest.mark.parametrize("how", [copy, deepcopy, lambda s: pickle.loads(pickle.dumps(s))])  # noqa: S301
async def test_a_copy_is_a_plain_dict(filled: Browser, how: Handler) -> None:
    copied = await filled.look(how)

    assert type(copied) is dict
    assert copied == START


async def test_a_deep_copy_shares_nothing_with_it(filled: Browser) -> None:
    await filled.visit(lambda session: deepcopy(session)["list"].append(2))

    assert await filled.look(look) == START
