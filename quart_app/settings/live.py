"""The settings of `quart_app.live`: names, defaults, reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from quart_app.settings.parsing import duration, matching, parsed, setting, truth, whole_number


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSettings:
    """What `quart_app.live` reads from `app.config`."""

    live: bool = setting(
        "LIVE",
        True,
        truth,
        "Whether open pages of the login learn at once that somebody signed out. Needs sessions on "
        "the server.",
    )
    stream_path: str = setting(
        "STREAM_PATH",
        "/events",
        matching(r"/[\w./-]+", "a path that begins with /"),
        "Where pages wait for news.",
    )
    stream_heartbeat: timedelta = setting(
        "STREAM_HEARTBEAT",
        timedelta(seconds=20),
        duration,
        "How often an open page is sent a sign of life, which keeps proxies from closing it, and "
        "its session is looked at.",
    )
    streams_per_session: int = setting(
        "STREAMS_PER_SESSION",
        16,
        whole_number,
        "How many streams one browser may have open, in each process. Our own pages need one.",
    )
    streams_per_owner: int = setting(
        "STREAMS_PER_OWNER",
        100,
        whole_number,
        "How many streams all browsers of one owner may have open, in each process.",
    )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Read and check them all. Raises `ConfigurationError`."""
        return cls(**parsed(cls, config))
