"""Users that an application has already, in a table of its own, and a log of who signed in."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
import sqlite3
from pathlib import Path

from quart import Quart

from quart_app import (
    Account,
    Login,
    TakenBack,
    current_account,
    login_required,
    sign_in_refused,
    signed_in,
)

log = logging.getLogger(__name__)

_NOBODYS = (0, bytes(16), b"")


class Users:
    """A table of them."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS users"
            " (id INTEGER PRIMARY KEY, name TEXT UNIQUE, salt BLOB, hash BLOB, banned BOOLEAN)"
        )

    def close(self) -> None:
        """Let go of it."""
        self._database.close()

    def add(self, name: str, password: str) -> None:
        """One more."""
        salt = secrets.token_bytes(16)
        values = (name, salt, _hash(password, salt), False)
        self._database.execute(
            "INSERT INTO users (name, salt, hash, banned) VALUES (?, ?, ?, ?)", values
        )

    def ban(self, name: str) -> None:
        """Let this one in no more."""
        self._database.execute("UPDATE users SET banned = TRUE WHERE name = ?", (name,))

    def is_banned(self, id: str) -> bool:
        """Whether this one is let in no more."""
        query = "SELECT banned FROM users WHERE id = ?"
        return bool(self._database.execute(query, (id,)).fetchone()[0])

    def check(self, name: str, password: str) -> Account | None:
        """Whose name and password these are."""
        query = "SELECT id, salt, hash FROM users WHERE name = ?"
        # Hashed for unknown names too, or the time would tell who has an account here.
        id, salt, known = self._database.execute(query, (name,)).fetchone() or _NOBODYS
        is_right = hmac.compare_digest(_hash(password, salt), known)
        return Account(id=str(id), name=name) if is_right else None


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


def create_app(users: Users) -> Quart:
    """The application of these users."""
    app = Quart(__name__)

    async def check(name: str, password: str) -> Account | None:
        return await asyncio.to_thread(users.check, name, password)

    login = Login(app, check=check)

    @login.on_sign_in
    async def still_welcome(account: Account, key: str) -> None:
        if await asyncio.to_thread(users.is_banned, account.id):
            raise TakenBack(code=403)

    @signed_in.connect_via(app)
    def note(sender: Quart, account: Account, method: str, key: str) -> None:
        log.info("signed in: %s", account.id)

    @sign_in_refused.connect_via(app)
    def note_refusal(sender: Quart, method: str, reason: str) -> None:
        log.info("refused: %s", reason)

    @app.get("/")
    @login_required
    async def home() -> dict[str, str]:
        return {"id": current_account.id, "name": current_account.name}

    return app
