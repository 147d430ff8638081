"""Where data lie, in words; never a password."""

from __future__ import annotations

import re
from pathlib import Path

from quart import Quart

from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.sessions.signed_cookie import SignedCookieInterface
from quart_app.settings import AccountsSettings, LoginSettings, SessionSettings
from quart_app.settings.folders import data_folder, sessions_folder

# Of anything else no part is shown: who can tell where the password of a mistyped URL ends?
_PLAIN_URL = re.compile(
    r"(?P<scheme>rediss?)://(?P<secret>[^?]*@)?(?P<place>([\w.-]+|\[[0-9a-fA-F:]+\])(:\d+)?(/\d*)?)"
    r"|unix://(?P<path>/[\w./-]*)"
)


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    if (found := _PLAIN_URL.fullmatch(url)) is None:
        return f"{url.partition('://')[0] if '://' in url else ''}://… (not shown in full)"
    if found["path"] is not None or not found["secret"]:
        return url
    return f"{found['scheme']}://***@{found['place']}"


def data_folder_of(app: Quart) -> Path:
    """Where an application keeps what has no place of its own."""
    return data_folder(SessionSettings.from_config(app.config), instance_path=app.instance_path)


def places(app: Quart) -> list[str]:
    """One line for each place; none for an application with other sessions than ours."""
    if not isinstance(app.session_interface, ServerSideSessionInterface | SignedCookieInterface):
        return []
    lines = [f"sessions are kept {place_of_sessions(app)}"]
    if (folder := data_folder_of(app)) != _folder_of_sessions(app).parent:
        lines.append(f"other data is kept in {folder}")
    if (accounts := place_of_accounts(app)) is not None:
        lines.append(f"accounts are kept {accounts}")
    return lines


def place_of_accounts(app: Quart) -> str | None:
    """Where accounts are kept, or guesses as if there were some; `None` if nowhere."""
    login = LoginSettings.from_config(app.config)
    if login.mode != "password" and login.guesses != "accounts":
        return None
    url = AccountsSettings.from_config(app.config).database_url
    return f"in {without_password(url) if url else data_folder_of(app)}"


def _folder_of_sessions(app: Quart) -> Path:
    settings = SessionSettings.from_config(app.config)
    if settings.type != "filesystem":
        return Path()
    return sessions_folder(settings, instance_path=app.instance_path)


def place_of_sessions(app: Quart) -> str:
    """Where sessions are kept, in words."""
    settings = SessionSettings.from_config(app.config)
    match settings.type:
        case "memory":
            return "in memory, gone when the server stops"
        case "cookie":
            return "in a signed cookie in each browser"
        case "redis" if settings.redis is not None:
            return "in Redis, by a client of your own"
        case "redis":
            return f"in Redis at {without_password(settings.uri)}"
    return f"in files under {_folder_of_sessions(app)}"
