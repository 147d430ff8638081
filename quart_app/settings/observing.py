"""The settings of what an operator sees: log lines and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from quart_app.settings.parsing import one_of, parsed, setting
from quart_app.settings.server import bind

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
OFF, TEXT, JSON = "off", "text", "json"


def _level(value: Any) -> str:
    level: str = one_of(*LEVELS)(value.upper() if isinstance(value, str) else value)
    return level


def _access_log(value: Any) -> str:
    # What people mean by it, also in TOML.
    chosen: str = OFF if value is False else one_of(TEXT, JSON, OFF)(value)
    return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservingSettings:
    """What `quart-app serve` reads from `app.config` about logs and metrics."""

    log_level: str = setting(
        "LOG_LEVEL",
        "INFO",
        _level,
        "From which level on log lines are written: DEBUG, INFO, WARNING or ERROR. Events (who "
        "signed in, what was refused) always are.",
    )
    log_format: str = setting(
        "LOG_FORMAT", TEXT, one_of(TEXT, JSON), "How a log line looks: `text` or `json`."
    )
    access_log: str | None = setting(
        "ACCESS_LOG",
        None,
        _access_log,
        "A line for each request: `text`, `json` or `off`. By default `text` on a terminal, "
        "otherwise `off`. Never a token, a query or what a form brought.",
    )
    metrics_bind: str | None = setting(
        "METRICS_BIND",
        None,
        bind,
        "Where Prometheus fetches metrics, such as 127.0.0.1:9464; never the address of the site. "
        "Needs `quart-app[metrics]`.",
    )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Read and check them all. Raises `ConfigurationError`."""
        return cls(**parsed(cls, config))
