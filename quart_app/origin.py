"""Which site a request comes from, as far as its browser says; knows nothing of sessions."""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import urlsplit

from quart.wrappers.base import BaseRequestWebsocket as AnyRequest
from werkzeug.exceptions import Forbidden

from quart_app.signals import cross_site_refused

_NOT_OTHERS = ("same-origin", "none")


def refuse_other_sites(request: AnyRequest) -> None:
    """Let no page of another site, or of a sibling's, ask this. Raises 403. A client that says
    nothing of sites passes: it is no browser, and sends no cookie unasked."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in _NOT_OTHERS:
            _refuse(request)
        return
    origin = request.headers.get("Origin")
    if origin is not None and not is_ours(origin, request):
        _refuse(request)


def is_from_own_page(request: AnyRequest) -> bool:
    """Whether the browser says that a page of ours asks: by the first of these headers that came.
    Not so for an address that the visitor typed, nor for what no header tells of."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    page = request.headers.get("Origin", request.headers.get("Referer", ""))
    return is_ours(page, request)


def is_navigation(request: AnyRequest) -> bool:
    """Whether the visitor goes to another page. Where the browser does not say so, as over plain
    http, what it takes in answer tells."""
    mode = request.headers.get("Sec-Fetch-Mode")
    if mode is not None:
        return mode == "navigate"
    return "text/html" in request.headers.get("Accept", "")


def is_ours(url: str, request: AnyRequest) -> bool:
    """Whether an `Origin` or a `Referer` names the site that was asked."""
    # Behind a proxy the scheme may not be known here: then only the host tells.
    is_weaker = request.is_secure and not url.lower().startswith("https:")
    return not is_weaker and _host_in(url) == request.host.lower()


def _refuse(request: AnyRequest) -> NoReturn:
    cross_site_refused.send(request)
    raise Forbidden


def _host_in(url: str) -> str | None:
    """`None` if it names none."""
    try:
        return urlsplit(url).netloc.lower() or None
    except ValueError:  # brackets about what is no address
        return None
