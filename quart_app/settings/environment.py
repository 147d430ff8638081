"""Settings as `QUART_…` variables."""

from __future__ import annotations

from flask.config import Config

from quart_app.errors import ConfigurationError


def take_environment(config: Config) -> None:
    """Put them into it. Raises `ConfigurationError`."""
    try:
        config.from_prefixed_env()
    except TypeError as exc:
        raise ConfigurationError(
            "a QUART_ variable with __ in its name goes into a setting that is no mapping: unset it"
        ) from exc
