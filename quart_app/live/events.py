"""Server-sent events as bytes; does no I/O."""

from __future__ import annotations

import random
import re
from hashlib import sha256

HEARTBEAT = b":\n\n"
SESSION = "session"
SIGNED_OUT = "signed-out"
# The first two are the browser's own, the others ours.
RESERVED = frozenset({"open", "error", SESSION, SIGNED_OUT})
# Pages come back after so long, each after another time: those of one server that stopped must not
# all come at the same moment.
BACK_AFTER_MS = (1_000, 5_000)
BACK_AFTER_DRAINING_MS = (1_000, 10_000)
BACK_AFTER_MOVING_MS = (300, 1_000)

# Only these end a line there. `splitlines` knows more, and would tear texts apart.
_LINE_END = re.compile("\r\n|\r|\n")


def encode(data: str, *, event: str = "message", id: str | None = None) -> bytes:
    """One event. Raises `ValueError` for a name or an id that cannot be said, and `TypeError` for
    what is no text."""
    _require_text(data)
    if not event or event in RESERVED or _LINE_END.search(event):
        raise ValueError(f"no event can be called {event!r}")
    if id is not None and ("\0" in id or _LINE_END.search(id)):
        raise ValueError(f"no event can have the id {id!r}")
    lines = [f"data: {line}" for line in _LINE_END.split(data)]
    if id is not None:
        lines.insert(0, f"id: {id}")
    if event != "message":
        lines.insert(0, f"event: {event}")
    return "\n".join((*lines, "", "")).encode()


def _require_text(data: object) -> None:
    if not isinstance(data, str):
        kind = type(data).__name__
        raise TypeError(f"news are a text, and this is a {kind}: json.dumps makes a text of it")


def opening(origin: str) -> bytes:
    """The first of a stream: whose it is, and when to come back if it breaks."""
    return f"{_retry(BACK_AFTER_MS)}event: {SESSION}\ndata: {mark(origin)}\n\n".encode()


def signed_out(*, moved: bool) -> bytes:
    """The last of a stream whose session ended. If it has `moved` to another owner, the browser is
    about to hear of that session, and a page that asks again at once might be told that nobody is
    signed in."""
    return f"event: {SIGNED_OUT}\ndata: {'moved' if moved else 'ended'}\n\n".encode()


def come_back() -> bytes:
    """The last of a stream whose session has another token from now on, and the same owner: its
    page stays as it is, and comes again with the new cookie. All that a page gets that came too
    early."""
    return f"{_retry(BACK_AFTER_MOVING_MS)}\n".encode()


def goodbye() -> bytes:
    """The last of a stream whose server stops."""
    return f"{_retry(BACK_AFTER_DRAINING_MS)}\n".encode()


def mark(origin: str) -> str:
    """By this a page and a stream know that they are of the same session; it tells nothing else."""
    return sha256(f"quart_app: a page of {origin}".encode()).hexdigest()[:16]


def _retry(between: tuple[int, int]) -> str:
    return f"retry: {random.randint(*between)}\n"  # noqa: S311 - no attacker gains by guessing it
