"""Pages, forms, redirects, headers, error pages; and `Login`, which joins them to an app."""

from quart_app.web.extension import Login
from quart_app.web.health import Health
from quart_app.web.home import Home
from quart_app.web.quick_quart import QuickQuart

__all__ = ["Health", "Home", "Login", "QuickQuart"]


def __dir__() -> list[str]:
    return __all__
