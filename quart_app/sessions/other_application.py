"""Whose sessions a store keeps: two applications on one store share their users, known or not."""

from __future__ import annotations

from hashlib import sha256

from quart import Quart

from quart_app.sessions.stores.base import Store

_SHOWN_OF_A_MARK = 16


async def other_application(app: Quart, store: Store) -> str | None:
    """What is wrong, in one line, if the store was last used by another application, or by this one
    with another SECRET_KEY; else `None`. Raises `StoreUnavailable`."""
    noted = await store.application()
    if noted is None or noted in _names(app):
        return None
    return (
        f"the sessions are kept where those of {noted.rpartition(' ')[0]!r} are, which has another "
        "SECRET_KEY: who is signed in there is signed in here. If that is another application, "
        "give this one a SESSION_KEY_PREFIX or SESSION_FILE_DIR of its own; if it is the same, "
        "keep its SECRET_KEY, or name the one before in SECRET_KEY_FALLBACKS"
    )


async def note(app: Quart, store: Store) -> None:
    """From now on the store is this application's."""
    current = _names(app)[0]
    if await store.application() != current:
        await store.note_application(current)


def _names(app: Quart) -> list[str]:
    """By its present key, and by those it had before."""
    keys = [app.secret_key, *(app.config.get("SECRET_KEY_FALLBACKS") or ())]
    return [f"{app.name} {_mark(key)}" for key in keys]


def _mark(key: str | bytes | None) -> str:
    if not key:
        return "none"
    as_bytes = key.encode() if isinstance(key, str) else key
    return sha256(b"quart_app: mark of a secret key" + as_bytes).hexdigest()[:_SHOWN_OF_A_MARK]
