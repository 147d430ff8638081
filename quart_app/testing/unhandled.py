"""Hears of exceptions that a handler raised and no error handler took; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from quart.signals import got_request_exception

_listening: ContextVar[list[Exception] | None] = ContextVar("_listening", default=None)


@contextmanager
def unhandled() -> Iterator[list[Exception]]:
    """Those of requests that are sent within this block, to whichever Quart applications."""
    raised: list[Exception] = []

    # Asynchronous, or Quart would call it in a thread.
    async def note(sender: object, *, exception: Exception) -> None:
        # Other requests to the same application run meanwhile, each in a context of its own.
        if _listening.get() is raised:
            raised.append(exception)

    before = _listening.set(raised)
    try:
        with got_request_exception.connected_to(note):
            yield raised
    finally:
        _listening.reset(before)
