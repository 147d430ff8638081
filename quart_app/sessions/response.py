"""What sessions mean for a response beside the cookie: caches, and the answer in an outage."""

from __future__ import annotations

from inspect import isawaitable

from quart import Quart

from quart_app.errors import StoreUnavailable
from quart_app.sessions.cookie import AnyResponse

# What the handler said of the answer that could not be given after all.
_OF_THE_OLD_BODY = (
    *("Location", "Set-Cookie", "Content-Type", "Content-Length", "Content-Encoding"),
    *("Content-Disposition", "Content-Range", "Accept-Ranges", "ETag", "Last-Modified"),
    *("Expires", "Cache-Control"),
)


def keep_from_caches(response: AnyResponse, *, looked_at: bool, tells_cookie: bool) -> None:
    """Let no cache show one visitor's page, or hand one visitor's cookie, to another."""
    # On every answer, looked at or not: forgetting it once is how such leaks have come about.
    response.vary.add("Cookie")
    says = response.cache_control
    is_public = not says or says.public or says.s_maxage is not None
    if tells_cookie or response.status_code >= 500 or (looked_at and is_public):
        response.headers["Cache-Control"] = "no-store"


async def answer_unavailable(app: Quart, response: AnyResponse, error: StoreUnavailable) -> None:
    """Turn a finished response into the application's own 503 page. An exception raised from here
    would pass by the application's error handlers and end as a 500."""
    page = await app.make_response(await app.handle_user_exception(error))
    body = page.get_data(as_text=False)
    for name in _OF_THE_OLD_BODY:
        response.headers.pop(name, None)
    response.status_code = page.status_code
    response.set_data(await body if isawaitable(body) else body)
    for name in dict.fromkeys(page.headers.keys()):
        response.headers.setlist(name, page.headers.getlist(name))
