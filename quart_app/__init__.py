"""Browser login for Quart, with server-side sessions that stay right under concurrency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quart_app.app import create_app as create_app


def __getattr__(name: str) -> Any:
    # Only when asked for: an application that wants the sessions alone need not load the pages.
    if name == "create_app":
        from quart_app.app import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
