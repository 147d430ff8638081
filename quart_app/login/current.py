"""`current_account`: who is signed in, for handlers and templates."""

from __future__ import annotations

from typing import cast

from quart import current_app
from werkzeug.local import LocalProxy

from quart_app.login.account import Account
from quart_app.login.sign_ins import sign_ins_of
from quart_app.scope import current


def _current() -> Account:
    return sign_ins_of(current(current_app)).account()


current_account = cast(Account, LocalProxy(_current))
"""The account of the request, or websocket, under way; falsy for a visitor."""
