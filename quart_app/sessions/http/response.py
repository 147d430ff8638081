"""What sessions mean for a response beside the cookie: caches, and the answer in an outage."""

from __future__ import annotations

from inspect import isawaitable, signature
from typing import Any

from quart import Quart
from quart.globals import app_ctx
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from quart_app.errors import RETRY_AFTER_SECONDS
from quart_app.scope import current
from quart_app.sessions.http.cookie import AnyResponse

# Quart passes its context around from 0.23 on.
_TAKES_CONTEXT = "ctx" in signature(Quart.handle_user_exception).parameters

# What the handler said of the answer that could not be given after all.
_OF_THE_OLD_BODY = (
    *("Location", "Set-Cookie", "Content-Type", "Content-Length", "Content-Encoding"),
    *("Content-Disposition", "Content-Range", "Accept-Ranges", "ETag", "Last-Modified"),
    *("Expires", "Cache-Control"),
)


def keep_from_caches(response: AnyResponse, *, looked_at: bool, tells_cookie: bool) -> None:
    """Let no cache show one visitor's page, or hand one visitor's cookie, to another."""
    failed = response.status_code >= 500
    if not (looked_at or tells_cookie or failed) and response.cache_control.public:
        return  # the handler says so, and nothing here says otherwise
    # On every other answer: guessing which may go without is how such leaks have come about.
    varies_with = ",".join(response.headers.getlist("Vary"))
    if "cookie" not in varies_with.lower().replace(" ", "").split(","):
        response.headers["Vary"] = f"{varies_with}, Cookie" if varies_with else "Cookie"
    if tells_cookie or failed or (looked_at and _may_be_kept(response)):
        response.headers["Cache-Control"] = "no-store"


def _may_be_kept(response: AnyResponse) -> bool:
    if "Cache-Control" not in response.headers:
        return True
    says = response.cache_control
    # Without one of these words a cache may keep the page, whatever else the handler said. One
    # that names headers, as `private="X-Name"` does, is about these alone.
    protects = any(says.get(word, "") is None for word in ("private", "no-cache", "no-store"))
    return says.public or not protects


def ask_to_come_back(response: AnyResponse) -> None:
    """Say when, if the application's own page for an outage does not."""
    if response.status_code == ServiceUnavailable.code:
        response.headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))


async def page_of(app: Quart, error: HTTPException) -> AnyResponse:
    """The application's own page for an error."""
    handle: Any = app.handle_user_exception
    context = (current(app_ctx),) if _TAKES_CONTEXT else ()
    return await app.make_response(await handle(*context, error))


async def answer_unavailable(app: Quart, response: AnyResponse, error: HTTPException) -> None:
    """Turn a finished response into the application's own 503 page. An exception raised from here
    would pass by the application's error handlers and end as a 500."""
    page = await page_of(app, error)
    body = page.get_data(as_text=False)
    for name in _OF_THE_OLD_BODY:
        response.headers.pop(name, None)
    response.status_code = page.status_code
    response.set_data(await body if isawaitable(body) else body)
    for name in dict.fromkeys(page.headers.keys()):
        response.headers.setlist(name, page.headers.getlist(name))
    ask_to_come_back(response)
