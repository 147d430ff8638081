"""Says when something was, to somebody whose clock and zone the server does not know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from babel import Locale
from babel.dates import format_timedelta
from markupsafe import Markup

AT_LEAST_SECONDS = 60


def ago(at: float, now: float, *, locale: Locale) -> Markup:
    """How long ago it was, never less than a minute; with the moment, of which a script makes the
    time in the visitor's zone."""
    moment = datetime.fromtimestamp(int(at), UTC)
    passed = timedelta(seconds=max(now - at, AT_LEAST_SECONDS))
    said = format_timedelta(-passed, granularity="minute", add_direction=True, locale=locale)
    return Markup('<time class="local" datetime="{}">{}</time>').format(moment.isoformat(), said)
