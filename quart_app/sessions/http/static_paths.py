"""Which requests are for static files, and so have no session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from quart import Quart
from quart.wrappers import Request
from quart.wrappers.base import BaseRequestWebsocket
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

_LOOKS_AT_NO_SESSION = "_quart_app_looks_at_no_session"

C = TypeVar("C", bound=Callable[..., Any])


def looks_at_no_session(call: C) -> C:
    """Mark what is called before requests, and needs none opened for a static file."""
    setattr(call, _LOOKS_AT_NO_SESSION, True)
    return call


class StaticPaths:
    """Sessions are opened before Quart matches the URL, so this looks at the path first and asks
    the routes only when it begins like a static file's."""

    def __init__(self) -> None:
        self._prefixes: tuple[str, ...] | None = None

    def cover(
        self, app: Quart, request: BaseRequestWebsocket, *, unless_guarded: bool = False
    ) -> bool:
        """Whether one of Quart's own routes for static files answers this request. A guard of the
        application's comes before such a route too, and would send style sheets to the login if it
        found no owner: with `unless_guarded`, not where there may be one."""
        if self._prefixes is None:
            # No route can be added after the first request.
            self._prefixes = tuple(
                rule.rule.partition("<")[0] for rule in app.url_map.iter_rules() if _is_static(rule)
            )
        if not isinstance(request, Request) or not request.path.startswith(self._prefixes):
            return False
        try:
            adapter = app.create_url_adapter(request)
            rule, _ = adapter.match(return_rule=True) if adapter else (None, None)
        except HTTPException:
            return False
        if rule is None or not _is_static(rule):
            return False
        return not (unless_guarded and _is_guarded(app, rule))


def _is_static(rule: Rule) -> bool:
    is_named_so = rule.endpoint == "static" or rule.endpoint.endswith(".static")
    return is_named_so and "filename" in rule.arguments


def _is_guarded(app: Quart, rule: Rule) -> bool:
    blueprint, _, _ = rule.endpoint.rpartition(".")
    asked_before = (*app.before_request_funcs[None], *app.before_request_funcs.get(blueprint, ()))
    return not all(getattr(each, _LOOKS_AT_NO_SESSION, False) for each in asked_before)
