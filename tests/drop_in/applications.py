"""The login code of small applications, in the style of the tutorials they follow."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from quart import Quart, abort, redirect, request, session
from quart.typing import ResponseReturnValue

from quart_app.testing import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application, and how its visitors go about it. `GET /` says who is signed in."""

    add_pages: Callable[[Quart], None]
    sign_in: Callable[[Client], Awaitable[Any]]
    kept: Mapping[str, Any] = field(default_factory=dict)
    """What of the visitor's session is there after the sign-in."""
    left: Mapping[str, Any] = field(default_factory=dict)
    """What is there after the sign-out."""


def form_login(**form: str) -> Callable[[Client], Awaitable[Any]]:
    """Send the login form."""
    return lambda client: client.post("/login", form={"username": "ada", **form})


def flask_login(app: Quart) -> None:
    """As flask-login's `login_user` and `logout_user` do it."""

    @app.get("/")
    async def who() -> str:
        return str(session.get("_user_id", "nobody"))

    @app.post("/login")
    async def login() -> ResponseReturnValue:
        session["_user_id"] = (await request.form)["username"]
        session["_fresh"] = True
        session["_id"] = "hash of address and browser"
        return redirect("/")

    @app.get("/logout")
    async def logout() -> ResponseReturnValue:
        for name in ("_user_id", "_fresh", "_id"):
            session.pop(name, None)
        return redirect("/")


def logged_in_flag(app: Quart) -> None:
    """As Flask's first tutorial, Flaskr, did it."""

    @app.get("/")
    async def who() -> str:
        return "ada" if session.get("logged_in") else "nobody"

    @app.post("/login")
    async def login() -> ResponseReturnValue:
        if (await request.form)["username"] == "ada":
            session["logged_in"] = True
        return redirect("/")

    @app.get("/logout")
    async def logout() -> ResponseReturnValue:
        session.pop("logged_in", None)
        return redirect("/")


def oauth(app: Quart) -> None:
    """As Authlib's client does it: `state` goes with the visitor and comes back."""

    @app.get("/")
    async def who() -> str:
        user = session.get("user")
        return str(user["name"]) if user else "nobody"

    @app.get("/login")
    async def login() -> ResponseReturnValue:
        session["_state_site"] = state = secrets.token_urlsafe(16)
        return redirect(f"https://accounts.test/authorize?state={state}")

    @app.get("/callback")
    async def callback() -> ResponseReturnValue:
        if request.args["state"] != session.pop("_state_site", None):
            abort(400)
        session["user"] = {"sub": "1", "name": "ada", "email": "ada@example.test"}
        return redirect("/")

    @app.get("/logout")
    async def logout() -> ResponseReturnValue:
        session.pop("user", None)
        return redirect("/")


async def over_another_site(client: Client) -> None:
    """To the other site, and back with what it was told."""
    location = (await client.get("/login")).location or ""
    state = location.partition("state=")[2]
    await client.get("/callback", query={"state": state}, site="cross-site")


def oidc(app: Quart) -> None:
    """As flask-oidc does it."""

    @app.get("/")
    async def who() -> str:
        return str(session.get("oidc_auth_profile", {}).get("name", "nobody"))

    @app.get("/login")
    async def login() -> ResponseReturnValue:
        session["oidc_nonce"] = session["next"] = "x"
        return redirect("/authorize?state=1")

    @app.get("/authorize")
    async def authorize() -> ResponseReturnValue:
        session.pop("oidc_nonce")
        session["oidc_auth_token"] = {"access_token": "secret", "expires_at": 1}
        session["oidc_auth_profile"] = {"sub": "1", "name": "ada"}
        return redirect(session.pop("next", "/"))

    @app.get("/logout")
    async def logout() -> ResponseReturnValue:
        session.pop("oidc_auth_token", None)
        session.pop("oidc_auth_profile", None)
        return redirect("/")


def shop(app: Quart) -> None:
    """A cart that a visitor fills, takes along, and pays under a corrected name."""

    @app.get("/")
    async def who() -> str:
        return str(session.get("email") or "nobody")

    @app.post("/login")
    async def login() -> ResponseReturnValue:
        session["email"] = (await request.form)["username"]
        session["name"] = "Ada L."
        return redirect("/")

    @app.post("/checkout")
    async def checkout() -> ResponseReturnValue:
        session["name"] = (await request.form)["name"]
        return {"cart": session["cart"]}

    @app.get("/logout")
    async def logout() -> ResponseReturnValue:
        session["email"] = None
        session.pop("name", None)
        return redirect("/")


def roles(app: Quart) -> None:
    """A user who becomes an administrator by a second password."""

    @app.get("/")
    async def who() -> str:
        name = session.get("username", "nobody")
        return f"{name}, admin" if session.get("is_admin") else str(name)

    @app.post("/login")
    async def login() -> ResponseReturnValue:
        session["username"] = (await request.form)["username"]
        session["is_admin"] = False
        return redirect("/")

    @app.post("/sudo")
    async def sudo() -> ResponseReturnValue:
        session["is_admin"] = True
        return redirect("/")

    @app.get("/logout")
    async def logout() -> ResponseReturnValue:
        session.clear()
        return redirect("/")


def remember_me(app: Quart) -> None:
    """A box in the form that outlives the browser's window."""

    @app.get("/")
    async def who() -> str:
        return str(session.get("user_id", "nobody"))

    @app.post("/login")
    async def login() -> ResponseReturnValue:
        form = await request.form
        session.clear()
        session["user_id"] = form["username"]
        session.permanent = "remember" in form
        return redirect("/")

    @app.get("/logout")
    async def logout() -> ResponseReturnValue:
        session.clear()
        return redirect("/")


def two_steps(app: Quart) -> None:
    """First a password, then a code."""

    @app.get("/")
    async def who() -> str:
        return str(session.get("user") or "nobody")

    @app.post("/login")
    async def login() -> ResponseReturnValue:
        session["pending_user"] = (await request.form)["username"]
        return redirect("/code")

    @app.post("/code")
    async def code() -> ResponseReturnValue:
        if "pending_user" not in session or (await request.form)["code"] != "123":
            abort(403)
        session["user"] = session.pop("pending_user")
        return redirect("/")

    @app.get("/logout")
    async def logout() -> ResponseReturnValue:
        session["user"] = None
        return redirect("/")


async def both_steps(client: Client) -> None:
    """Password and code."""
    await client.post("/login", form={"username": "ada"})
    await client.post("/code", form={"code": "123"})


GUEST = {"cart": ["guest"]}
APPLICATIONS = {
    "flask-login": Application(add_pages=flask_login, sign_in=form_login(), kept=GUEST, left=GUEST),
    "logged_in": Application(
        add_pages=logged_in_flag, sign_in=form_login(), kept=GUEST, left=GUEST
    ),
    "oauth": Application(add_pages=oauth, sign_in=over_another_site, kept=GUEST, left=GUEST),
    "oidc": Application(
        add_pages=oidc,
        sign_in=lambda client: client.get("/login", follow_redirects=True),
        kept=GUEST,
        left=GUEST,
    ),
    "shop": Application(
        add_pages=shop, sign_in=form_login(), kept=GUEST, left={**GUEST, "email": None}
    ),
    "roles": Application(add_pages=roles, sign_in=form_login(), kept=GUEST),
    "remember me": Application(add_pages=remember_me, sign_in=form_login(remember="on")),
    "two steps": Application(
        add_pages=two_steps, sign_in=both_steps, kept=GUEST, left={**GUEST, "user": None}
    ),
}
