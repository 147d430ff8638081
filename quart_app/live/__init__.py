"""Telling open pages that something happened: `Live(app)`."""

from quart_app.live.bus.base import Bus
from quart_app.live.extension import Live

__all__ = ["Bus", "Live"]


def __dir__() -> list[str]:
    return __all__
