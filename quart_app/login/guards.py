"""`login_required`: who has not signed in goes no further."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from functools import wraps
from inspect import isfunction
from typing import Any, ParamSpec, TypeVar, overload
from urllib.parse import quote
from weakref import WeakSet

from quart import Quart, current_app, has_websocket_context, jsonify, redirect, request
from werkzeug.exceptions import Unauthorized

from quart_app.errors import ConfigurationError
from quart_app.login.paths import AS_IT_IS, root_of
from quart_app.login.sign_ins import sign_ins_of
from quart_app.origin import is_of_a_script
from quart_app.scope import current

P = ParamSpec("P")
T = TypeVar("T")
Handler = Callable[P, T]
Guarded = Callable[P, Awaitable[Any]]

_guarded = WeakSet[Callable[..., Any]]()


@overload
def login_required(handler: Handler[P, T]) -> Guarded[P]: ...


@overload
def login_required(*, within: timedelta | None = None) -> Callable[[Handler[P, T]], Guarded[P]]: ...


def login_required(handler: Any = None, *, within: timedelta | None = None) -> Any:
    """Have a handler, below its route, called only for those who are signed in, and with `within`
    only if they proved who they are not longer ago than that. A visitor who asks for a page is sent
    to log in, or to prove it again, and comes back; a script gets 401 with JSON, and a websocket is
    refused."""

    def guarded(handler: Handler[P, T]) -> Guarded[P]:
        if not callable(handler):
            raise TypeError("login_required stands below a route: @login_required, or with within=")
        if isfunction(handler):
            _guarded.add(handler)

        @wraps(handler)
        async def guard(*args: P.args, **kwargs: P.kwargs) -> Any:
            sign_ins = sign_ins_of(current(current_app))
            if not sign_ins.account():
                return _to(sign_ins.paths.login, "signed_out")
            if within is not None and not sign_ins.has_proved_it(within=within):
                return _to(sign_ins.paths.confirm, "confirm")
            called: Any = current_app.ensure_async(handler)
            return await called(*args, **kwargs)

        return guard

    return guarded if handler is None else guarded(handler)


def require_below_routes(app: Quart) -> None:
    """See that no guard stands above the route of its handler, which answers everybody then.
    Raises `ConfigurationError`."""
    handlers = app.view_functions
    # What one route has as it is, another may have behind a guard.
    within = {id(inner) for handler in handlers.values() for inner in _within(handler)}
    for endpoint, handler in handlers.items():
        if isfunction(handler) and handler in _guarded and id(handler) not in within:
            raise ConfigurationError(
                f"{endpoint!r} answers everybody: write @login_required below its route, not above"
            )


def _within(handler: Any) -> Iterator[object]:
    while (handler := getattr(handler, "__wrapped__", None)) is not None:
        yield handler


def _to(path: str, error: str) -> Any:
    if has_websocket_context():
        raise Unauthorized
    asked = current(request)
    root = root_of(asked)
    if is_of_a_script(asked):
        answer = jsonify(error=error, url=root + path)
        answer.status_code = Unauthorized.code
        return answer
    if asked.method not in ("GET", "HEAD"):
        return redirect(root + path, 303)  # what was sent is not sent again
    wanted = root + quote(asked.path, safe=AS_IT_IS)
    if asked.query_string:
        wanted += f"?{asked.query_string.decode('latin-1')}"
    return redirect(f"{root}{path}?next={quote(wanted)}")
