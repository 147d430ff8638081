"""Cookies that a browser keeps for a year, over sign-ins and sign-outs: they let nobody in."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from quart import Request, Response, current_app

KEPT = timedelta(days=365)


def have_it_kept(
    response: Response,
    name: str,
    value: str,
    *,
    asked: Request,
    samesite: Literal["Lax", "Strict"],
) -> None:
    """Have the browser keep it, no less safely than the session's own cookie."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(
        name,
        value,
        max_age=KEPT,
        httponly=True,
        samesite=samesite,
        secure=asked.is_secure if secure == "auto" else secure,
    )
