"""Where data lie, in words; never a password."""

from __future__ import annotations

from pathlib import Path

from quart import Quart
from quart.sessions import SecureCookieSessionInterface

from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.sessions.signed_cookie import SignedCookieInterface
from quart_app.settings import AccountsSettings, LoginSettings, SessionSettings
from quart_app.settings.folders import data_folder
from quart_app.settings.urls import without_password


def data_folder_of(app: Quart) -> Path:
    """Where an application keeps what has no place of its own."""
    settings = SessionSettings.from_config(app.config)
    return data_folder(settings, instance_path=app.instance_path).absolute()


def places(app: Quart) -> list[str]:
    """One line for each place; none for an application with other sessions than ours."""
    if not isinstance(app.session_interface, ServerSideSessionInterface | SignedCookieInterface):
        return []
    sessions, folder = place_of_sessions(app), data_folder_of(app)
    lines = [f"sessions are kept {sessions}"]
    if not str(Path(sessions).parent).endswith(f" {folder}"):  # words that end with a path, maybe
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


def place_of_sessions(app: Quart) -> str:
    """Where sessions are kept, in words."""
    interface: object = app.session_interface
    if isinstance(interface, ServerSideSessionInterface):
        return interface.store.place
    is_signed = isinstance(interface, SecureCookieSessionInterface)
    return "in a signed cookie in each browser" if is_signed else f"by {type(interface).__name__}"
