"""Pages, forms, redirects, headers, error pages; and `Login`, which joins them to an app."""

from quart_app.web.edge import Edge
from quart_app.web.extension import Login
from quart_app.web.health import Health
from quart_app.web.home import Home
from quart_app.web.quick_quart import Exchange, QuickQuart

__all__ = ["Edge", "Exchange", "Health", "Home", "Login", "QuickQuart"]


def __dir__() -> list[str]:
    return __all__
