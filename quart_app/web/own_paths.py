"""Which paths of an application are the login's own."""

from __future__ import annotations

from quart import Quart
from werkzeug.routing import Rule

from quart_app.errors import ConfigurationError
from quart_app.login.paths import Paths

LIVE_ENDPOINT = "quart_app_events"


class OwnPaths:
    """Those of the pages, of their static files, and of their stream."""

    def __init__(
        self, paths: Paths, *, blueprint: str, stream: str | None, has_accounts: bool
    ) -> None:
        """`stream` is where pages wait for news, if that is ours too."""
        self._paths = paths
        self._stream = stream
        self._blueprint = f"{blueprint}."
        streams = () if stream is None else (stream,)
        self._exact = {paths.login, paths.logout, paths.confirm, paths.language, *streams}
        if has_accounts:
            self._exact |= {paths.password, paths.sessions}
        self._static = f"{paths.static}/"

    def __contains__(self, path: str) -> bool:
        return path in self._exact or path.startswith(self._static)

    def require_free(self, app: Quart) -> None:
        """See that nothing else lies there. Raises `ConfigurationError`."""
        rules = list(app.url_map.iter_rules())
        ours = {each for rule in rules if self._is_ours(rule) for each in _answered(rule)}
        for rule in rules:
            if not self._is_ours(rule) and not ours.isdisjoint(_answered(rule)):
                cure = "STREAM_PATH" if rule.rule == self._stream else "LOGIN_PREFIX"
                raise ConfigurationError(
                    f"the application has {rule.rule} already, as {rule.endpoint!r}: take that "
                    f"away, or set {cure} to another path"
                )

    def _is_ours(self, rule: Rule) -> bool:
        is_stream = rule.endpoint == LIVE_ENDPOINT and self._stream is not None
        return rule.endpoint.startswith(self._blueprint) or is_stream


def _answered(rule: Rule) -> set[tuple[str, str]]:
    # Quart answers OPTIONS for each of several rules by itself.
    return {(rule.rule, method) for method in (rule.methods or set()) - {"OPTIONS"}}
