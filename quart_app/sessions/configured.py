"""The settings as they are now: applications and their tests change `app.config` at any time."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from quart_app.errors import ConfigurationError
from quart_app.sessions.held.lifetimes import Limits
from quart_app.sessions.http.cookie import SessionCookie
from quart_app.settings import USUAL_OWNER_KEYS, SessionSettings

log = logging.getLogger(__name__)

_NAMES = (*(item.metadata["name"] for item in fields(SessionSettings)), "APPLICATION_ROOT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The settings, and what is made of them for every request."""

    settings: SessionSettings
    cookie: SessionCookie
    limits: Limits

    @classmethod
    def by(cls, settings: SessionSettings) -> Self:
        """What is made of these settings."""
        limits = Limits(
            idle=settings.idle,
            absolute=settings.absolute,
            permanent_idle=settings.permanent_idle,
            permanent_absolute=settings.permanent_absolute,
            renews_when_read=settings.refresh_each_request,
            owner_keys=settings.owner_keys or USUAL_OWNER_KEYS,
            owner_is_guessed=settings.owner_keys is None,
            sessions_per_owner=settings.sessions_per_owner if settings.owner_keys else None,
        )
        return cls(settings=settings, cookie=SessionCookie(settings), limits=limits)


class CurrentConfiguration:
    """Reads the settings again when one of them was replaced, and otherwise only compares."""

    def __init__(self, settings: SessionSettings) -> None:
        self._seen: tuple[object, ...] | None = None
        self._configured = Configured.by(settings)

    def of(self, config: Mapping[str, Any]) -> Configured:
        """What holds now. A change that cannot work is logged, and the one before still holds."""
        seen = tuple(map(config.get, _NAMES))
        if seen != self._seen:
            self._seen = seen
            try:
                self._configured = Configured.by(SessionSettings.from_config(config))
            except ConfigurationError:
                log.exception("session settings changed to something that cannot work")
        return self._configured
