"""Which paths of an application are the login's own."""

from __future__ import annotations

from quart import Quart
from werkzeug.routing import Rule

from quart_app.errors import ConfigurationError

LIVE_ENDPOINT = "quart_app_events"


class OwnPaths:
    """Those of the pages, of their static files, and of their stream."""

    def __init__(self, app: Quart, *, blueprint: str, static: str, stream: str | None) -> None:
        """`stream` is where pages wait for news, if that is ours too. Raises `ConfigurationError`
        where something of the application's own lies at one of them."""
        ours: list[Rule] = []
        others: list[Rule] = []
        for rule in app.url_map.iter_rules():
            is_stream = rule.endpoint == LIVE_ENDPOINT and stream is not None
            is_ours = rule.endpoint.startswith(f"{blueprint}.") or is_stream
            (ours if is_ours else others).append(rule)
        answered = {each for rule in ours for each in _answered(rule)}
        for rule in others:
            if not answered.isdisjoint(_answered(rule)):
                cure = "STREAM_PATH" if rule.rule == stream else "LOGIN_PREFIX"
                raise ConfigurationError(
                    f"the application has {rule.rule} already, as {rule.endpoint!r}: take that "
                    f"away, or set {cure} to another path"
                )
        self._exact = {rule.rule for rule in ours}
        self._static = f"{static}/"

    def __contains__(self, path: str) -> bool:
        return path in self._exact or path.startswith(self._static)


def _answered(rule: Rule) -> set[tuple[str, str]]:
    # Quart answers OPTIONS for each of several rules by itself.
    return {(rule.rule, method) for method in (rule.methods or set()) - {"OPTIONS"}}
