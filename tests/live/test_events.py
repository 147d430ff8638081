"""The bytes of events, and the messages between processes."""

from __future__ import annotations

import pytest

from quart_app.live import events, messages
from quart_app.sessions.held.tokens import key_of

KEY = key_of("a token")


@pytest.mark.parametrize(
    ("data", "encoded"),
    [
        ("hello", "data: hello\n\n"),
        ("", "data: \n\n"),
        ("one\ntwo", "data: one\ndata: two\n\n"),
        ("one\r\ntwo\rthree\n", "data: one\ndata: two\ndata: three\ndata: \n\n"),
        ("a\u2028b\x0bc\x85d", "data: a\u2028b\x0bc\x85d\n\n"),
        ("\n\nevent: signed-out", "data: \ndata: \ndata: event: signed-out\n\n"),
    ],
)
def test_data_arrives_as_it_was_whatever_is_in_it(data: str, encoded: str) -> None:
    assert events.encode(data) == encoded.encode()


@pytest.mark.parametrize("name", ["", "a\nb", "a\rb", "open", "error", "session", "signed-out"])
def test_an_event_has_a_name_that_can_be_said_and_is_not_ours(name: str) -> None:
    with pytest.raises(ValueError, match="no event can be called"):
        events.encode("data", event=name)


@pytest.mark.parametrize("id", ["a\nb", "a\rb", "a\0b"])
def test_an_id_is_one_line(id: str) -> None:
    with pytest.raises(ValueError, match="no event can have the id"):
        events.encode("data", id=id)


def test_pages_are_told_to_come_back_at_different_times() -> None:
    assert len({events.goodbye() for _ in range(50)}) > 25
    assert len({events.opening(KEY) for _ in range(50)}) > 25


def test_a_mark_tells_nothing_of_the_key() -> None:
    assert events.mark(KEY) not in KEY
    assert events.mark(KEY) != events.mark(key_of("another token"))


@pytest.mark.parametrize(
    "message",
    [
        messages.Missed(),
        messages.Ended((KEY, key_of("another"))),
        messages.News(data="a\nb", owner="ada"),
        messages.News(data="é", event="news", id="7", key=KEY),
        messages.News(data="", owner="\ud800"),
    ],
)
def test_a_message_arrives_as_it_was_sent(message: messages.Message) -> None:
    assert messages.unpack(messages.pack(message)) == message


def test_an_event_that_is_too_long_is_refused_where_it_is_made() -> None:
    news = messages.News(data="x" * messages.MOST_BYTES, owner="ada")

    with pytest.raises(ValueError, match="too long"):
        messages.pack(news)


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\xff",
        b"null",
        b"[" * 100_000,
        b'{"ended": "' + KEY.encode() + b'"}',
        b'{"ended": ["' + KEY.encode() + b'\\n"]}',
        b'{"ended": [1]}',
        b'{"ended": null}',
        b'{"data": 1, "event": "message", "id": null, "owner": "ada", "key": null}',
        b'{"data": "", "event": "message", "id": null, "owner": null, "key": null}',
        b'{"data": "", "event": "message", "id": null, "owner": ["ada"], "key": null}',
        b'{"data": "", "event": "message", "id": null, "owner": null, "key": "../x"}',
        b'{"data": "", "event": "session", "id": null, "owner": "ada", "key": null}',
        b'{"data": "\\ud800", "event": "message", "id": null, "owner": "ada", "key": null}',
    ],
)
def test_what_is_no_message_of_ours_is_refused(packed: bytes) -> None:
    with pytest.raises(messages.Malformed):
        messages.unpack(packed)
