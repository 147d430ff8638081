"""Browser login for Quart, with server-side sessions that stay right under concurrency."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quart_app.app import create_app as create_app
    from quart_app.login import Account as Account
    from quart_app.login import TakenBack as TakenBack
    from quart_app.login import current_account as current_account
    from quart_app.login import login_required as login_required
    from quart_app.login import session_ended as session_ended
    from quart_app.login import sign_in_refused as sign_in_refused
    from quart_app.login import signed_in as signed_in
    from quart_app.login import signed_out as signed_out
    from quart_app.web import Login as Login
    from quart_app.web import QuickQuart as QuickQuart

__version__ = "0.1.0"

_ROOMS = {
    "create_app": "app",
    **dict.fromkeys(("Login", "QuickQuart"), "web"),
    **dict.fromkeys(("Account", "TakenBack", "current_account", "login_required"), "login"),
    **dict.fromkeys(("session_ended", "sign_in_refused", "signed_in", "signed_out"), "login"),
}

__all__ = [  # they are there when they are asked for
    "Account",
    "Login",
    "QuickQuart",
    "TakenBack",
    "__version__",
    "create_app",
    "current_account",
    "login_required",
    "session_ended",
    "sign_in_refused",
    "signed_in",
    "signed_out",
]


def __getattr__(name: str) -> Any:
    # Only when asked for: an application that wants the sessions alone need not load the pages.
    if name in _ROOMS:
        return getattr(import_module(f"quart_app.{_ROOMS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
