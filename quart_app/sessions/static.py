"""Which requests are for static files, and so have no session."""

from __future__ import annotations

from quart import Quart
from quart.wrappers import Request
from quart.wrappers.base import BaseRequestWebsocket
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule


class StaticPaths:
    """Sessions are opened before Quart matches the URL, so this looks at the path first and asks
    the routes only when it begins like a static file's."""

    def __init__(self) -> None:
        self._prefixes: tuple[str, ...] | None = None

    def cover(self, app: Quart, request: BaseRequestWebsocket) -> bool:
        """Whether one of Quart's own routes for static files answers this request."""
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
        return rule is not None and _is_static(rule)


def _is_static(rule: Rule) -> bool:
    is_named_so = rule.endpoint == "static" or rule.endpoint.endswith(".static")
    return is_named_so and "filename" in rule.arguments
