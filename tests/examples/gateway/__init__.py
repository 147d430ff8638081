"""A gateway: nginx shows what lies behind it to those who are signed in, and asks here who that is.
What lies behind knows of no login; it is told who asks. `site.conf` is nginx's part."""

from __future__ import annotations

from urllib.parse import quote

from quart import Quart, Response, request

from quart_app import Login, current_account

# In an application of yours, a database with hashes: see own_users.py.
PASSWORDS = {"ada": "correct horse battery staple"}

app = Quart(__name__)
app.config.update(LOGIN_PREFIX="/account", TRUSTED_PROXIES="127.0.0.1")
app.config.from_prefixed_env()


async def check(name: str, password: str) -> str | None:
    """Who that is."""
    return name if PASSWORDS.get(name) == password else None


login = Login(app, check=check)


@app.get("/allowed")
async def allowed() -> Response:
    """Asked by nginx before each request; browsers do not come here."""
    if current_account:
        return Response("", 204, {"X-Account": quote(current_account.id)})
    wanted = request.headers["X-Wanted"]
    return Response("", 401, {"X-Login": f"{login.paths.login}?next={quote(wanted)}"})
