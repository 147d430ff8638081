"""What a browser keeps that has signed in before, so that its guesses are counted apart: it lets
nobody in. Made, signed and read by the accounts."""

from __future__ import annotations

from datetime import timedelta

from quart import Request, Response, current_app

from quart_app.login.stages import Browser

COOKIE = "known_device"
KEPT = timedelta(days=365)


def browser_of(request: Request) -> Browser:
    """What the request came with."""
    user_agent = request.headers.get("User-Agent", "")
    return Browser(user_agent=user_agent, keeps=request.cookies.get(COOKIE))


def have_it_keep(response: Response, value: str | None, request: Request) -> None:
    """Have the browser keep what it does not keep yet. It survives signing out."""
    if value is None or value == request.cookies.get(COOKIE):
        return
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(
        COOKIE,
        value,
        max_age=KEPT,
        httponly=True,
        # Not sent where another site leads here; our own form's POST has it.
        samesite="Strict",
        secure=request.is_secure if secure == "auto" else secure,
    )
