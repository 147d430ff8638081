"""The promises of Django's `SessionTestsMixin`, each asked of Django's own sessions and of ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import InvalidSessionKey

from tests.drop_in.django_words import Backend, DjangoSession

UNKNOWN = ["1", "someunknownkey", "a" * 32, "A" * 43, "../../etc/passwd"]


async def kept(backend: Backend, **values: Any) -> DjangoSession:
    """The next request of a browser whose session holds these."""
    session = await backend.open()
    await session.aupdate(values)
    await session.asave()
    return await backend.open(session.session_key)


async def test_new_session(backend: Backend) -> None:
    session = await backend.open()

    assert not session.modified
    assert not session.accessed


async def test_get_empty(backend: Backend) -> None:
    session = await backend.open()

    assert await session.aget("cat") is None
    assert await session.aget("cat", "dog") == "dog"


async def test_store(backend: Backend) -> None:
    session = await backend.open()

    await session.aset("cat", "dog")

    assert session.modified
    assert await session.apop("cat") == "dog"


async def test_pop(backend: Backend) -> None:
    session = await kept(backend, cat="dog")

    assert await session.apop("cat") == "dog"

    assert session.accessed
    assert session.modified
    assert await session.aget("cat") is None


async def test_pop_default(backend: Backend) -> None:
    session = await kept(backend, cat="dog")

    assert await session.apop("mouse", "none") == "none"

    assert session.accessed
    assert not session.modified


async def test_pop_no_default_keyerror_raised(backend: Backend) -> None:
    session = await backend.open()

    with pytest.raises(KeyError):
        await session.apop("cat")


async def test_setdefault(backend: Backend) -> None:
    session = await backend.open()

    assert await session.asetdefault("cat", "dog") == "dog"
    assert await session.asetdefault("cat", "mouse") == "dog"

    assert session.accessed
    assert session.modified


async def test_update(backend: Backend) -> None:
    session = await backend.open()

    await session.aupdate({"cat": 1})

    assert session.accessed
    assert session.modified
    assert await session.aget("cat") == 1


LOOKS: dict[str, tuple[Callable[[DjangoSession], Awaitable[Any]], Any]] = {
    "has_key": (lambda session: session.ahas_key("x"), True),
    "keys": (lambda session: session.akeys(), ["x"]),
    "values": (lambda session: session.avalues(), [1]),
    "items": (lambda session: session.aitems(), [("x", 1)]),
}


@pytest.mark.parametrize("name", LOOKS)
async def test_looking_accesses_and_does_not_modify(backend: Backend, name: str) -> None:
    look, expected = LOOKS[name]
    session = await kept(backend, x=1)

    found = await look(session)

    assert (found if isinstance(found, bool) else list(found)) == expected
    assert session.accessed
    assert not session.modified


async def test_values_of_an_empty_session(backend: Backend) -> None:
    session = await backend.open()

    assert list(await session.avalues()) == []
    assert session.accessed


async def test_clear(backend: Backend) -> None:
    session = await kept(backend, x=1)
    assert list(await session.aitems()) == [("x", 1)]

    session.clear()

    assert list(await session.aitems()) == []
    assert session.accessed
    assert session.modified


async def test_save(backend: Backend) -> None:
    session = await kept(backend, x=1)

    assert session.session_key is not None
    assert await session.aexists(session.session_key)


async def test_delete(backend: Backend) -> None:
    session = await kept(backend, x=1)
    key = session.session_key

    await session.adelete()

    assert key is not None
    assert not await session.aexists(key)


async def test_flush(backend: Backend) -> None:
    session = await kept(backend, x=1)
    key = session.session_key

    await session.aflush()

    assert key is not None
    assert not await session.aexists(key)
    assert session.session_key is None
    assert list(await session.aitems()) == []


async def test_cycle(backend: Backend) -> None:
    session = await backend.open()
    await session.aupdate({"a": "c", "b": "d"})
    await session.asave()
    key = session.session_key

    await session.acycle_key()

    assert session.session_key not in (None, key)
    assert not await session.aexists(key)
    assert list(await session.aitems()) == [("a", "c"), ("b", "d")]


async def test_cycle_with_no_session_cache(backend: Backend) -> None:
    session = await kept(backend, a="c", b="d")

    await session.acycle_key()

    assert sorted(await session.aitems()) == [("a", "c"), ("b", "d")]


async def test_save_doesnt_clear_data(backend: Backend) -> None:
    session = await backend.open()
    await session.aset("a", "b")

    await session.asave()

    assert await session.aget("a") == "b"


@pytest.mark.parametrize("key", UNKNOWN)
async def test_invalid_key(backend: Backend, key: str) -> None:
    session = await backend.open(key)
    assert await session.aget("cat") is None

    await session.aset("cat", "dog")
    await session.asave()

    assert session.session_key not in (None, key)
    assert await (await backend.open(key)).aget("cat") is None


async def test_session_key_is_read_only(backend: Backend) -> None:
    session = await kept(backend, x=1)

    with pytest.raises(AttributeError):
        session.session_key = "another"  # type: ignore[misc]


async def test_decode(backend: Backend) -> None:
    value = {"a test key": ["a test value", 1, None, True, 1.5, {"ü": "\n"}]}

    session = await kept(backend, value=value)

    assert await session.aget("value") == value


@pytest.mark.parametrize("key", UNKNOWN)
async def test_session_load_does_not_create_record(backend: Backend, key: str) -> None:
    session = await backend.open(key)

    assert await session.aload() == {}

    assert session.session_key is None
    with suppress(InvalidSessionKey):  # Django asks for no file whose name could be a path
        assert not await session.aexists(key)


async def test_session_save_does_not_resurrect_session_logged_out_in_other_context(
    backend: Backend,
) -> None:
    session = await backend.open()
    await session.aset("x", 1)
    await session.asave()
    key = session.session_key
    other = await backend.open(key)
    await other.adelete()

    await session.aset("x", 2)
    with suppress(UpdateError):  # Django's way to say so; ours is a line in the log
        await session.asave()

    assert not await session.aexists(key)
    assert await session.aload() == {}
