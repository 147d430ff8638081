"""Which site a request comes from, as far as its browser says; knows nothing of sessions."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from quart import current_app
from quart.wrappers.base import BaseRequestWebsocket as AnyRequest
from werkzeug.exceptions import Forbidden

from quart_app.errors import ConfigurationError
from quart_app.signals import cross_site_refused

# As browsers write it: in small letters, without a default port.
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:.]+\](:[0-9]{1,5})?")

_NOT_OTHERS = ("same-origin", "none")
_OF_BROWSERS = (
    *("Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Purpose", "Purpose"),
    *("Origin", "Referer", "Upgrade-Insecure-Requests"),
)
# In an application's `extensions`: origins whose pages may ask what only ours may else.
TRUSTED_ORIGINS = "quart_app.trusted_origins"


def refuse_cross_site(request: AnyRequest) -> None:
    """Let no page of another site, or of a sibling's, ask this. Raises 403. A client that says
    nothing of sites passes: it is no browser, and sends no cookie unasked."""
    headers = request.headers
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site is not None:
        is_other = site not in _NOT_OTHERS
    elif origin is not None:
        is_other = not is_ours(origin, request)
    else:
        # Empty is as good as none: it is what a browser says that keeps it back.
        referer = headers.get("Referer", "")
        is_other = bool(referer) and not is_ours(referer, request)
    if is_other and origin not in current_app.extensions.get(TRUSTED_ORIGINS, ()):
        cross_site_refused.send(request)
        raise Forbidden


def origin_from(said: str) -> str:
    """What names an origin, as browsers write it. Raises `ConfigurationError`."""
    if not _ORIGIN.fullmatch(said):
        raise ConfigurationError(
            f"{said!r} is no origin: say it as browsers do, such as 'https://shop.example.org'"
        )
    return said


def is_from_own_page(request: AnyRequest) -> bool:
    """Whether the browser says that a page of ours asks: by the first of these headers that came.
    Not so for an address that the visitor typed, nor for what no header tells of."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    page = request.headers.get("Origin", request.headers.get("Referer", ""))
    return is_ours(page, request)


def is_click_on_own_page(request: AnyRequest) -> bool:
    """Whether the browser says that the visitor followed a link of ours; not if it looked ahead."""
    looks_ahead = "Sec-Purpose" in request.headers or "Purpose" in request.headers
    return not looks_ahead and is_from_own_page(request)


def is_from_browser(request: AnyRequest) -> bool:
    """Whether anything tells of a browser that sends cookies unasked."""
    # Over plain http, and from a page that keeps its address back, only its own name may be left.
    names_itself = request.headers.get("User-Agent", "").startswith("Mozilla/")
    return names_itself or any(name in request.headers for name in _OF_BROWSERS)


def is_navigation(request: AnyRequest) -> bool:
    """Whether the visitor goes to another page. Where the browser does not say so, as over plain
    http, what it takes in answer tells."""
    mode = request.headers.get("Sec-Fetch-Mode")
    if mode is not None:
        return mode == "navigate"
    return "text/html" in request.headers.get("Accept", "")


def is_of_a_script(request: AnyRequest) -> bool:
    """Whether a page's script asks, or a program, which a redirect to a form would be no answer
    to. What says nothing of it is taken for a visitor who goes to a page."""
    headers = request.headers
    if (mode := headers.get("Sec-Fetch-Mode")) is not None:
        return mode != "navigate"
    if headers.get("X-Requested-With") == "XMLHttpRequest" or request.is_json:
        return True
    accepts = headers.get("Accept", "*/*")
    return "text/html" not in accepts and "*/*" not in accepts


def is_ours(url: str, request: AnyRequest) -> bool:
    """Whether an `Origin` or a `Referer` names the site that was asked."""
    # Behind a proxy the scheme may not be known here: then only the host tells.
    is_weaker = request.is_secure and not url.lower().startswith("https:")
    return not is_weaker and _host_in(url) == request.host.lower()


def _host_in(url: str) -> str | None:
    """`None` if it names none."""
    try:
        return urlsplit(url).netloc.lower() or None
    except ValueError:  # brackets about what is no address
        return None
