"""A few words for the browser and system that a user agent string stands for."""

from __future__ import annotations

import re

# Each names itself as the ones below it too, so the first that matches is right.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_PRODUCT = re.compile(r"[A-Za-z][A-Za-z0-9.-]{0,30}", re.ASCII)


def device_label(user_agent: str) -> str:
    """Like "Firefox on Linux"; the program's own name for one we do not know; "" for none."""
    browser = next((label for mark, label in _BROWSERS if mark in user_agent), None)
    system = next((label for mark, label in _SYSTEMS if mark in user_agent), None)
    if browser and system:
        return f"{browser} on {system}"
    product = _PRODUCT.match(user_agent)
    return browser or (product.group() if product else "")
