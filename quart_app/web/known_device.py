"""What a browser keeps that has signed in before, so that its guesses are counted apart: it lets
nobody in. Made, signed and read by the accounts."""

from __future__ import annotations

from quart import Request, Response

from quart_app.login.stages import Browser
from quart_app.web.cookies import have_it_kept

COOKIE = "known_device"


def browser_of(request: Request) -> Browser:
    """What the request came with."""
    user_agent = request.headers.get("User-Agent", "")
    return Browser(user_agent=user_agent, keeps=request.cookies.get(COOKIE))


def have_it_keep(response: Response, value: str | None, request: Request) -> None:
    """Have the browser keep what it does not keep yet. It survives signing out."""
    if value is not None and value != request.cookies.get(COOKIE):
        # Not sent where another site leads here; our own form's POST has it.
        have_it_kept(response, COOKIE, value, asked=request, samesite="Strict")
