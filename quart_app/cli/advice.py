"""What is unwise about a configuration, each with what to do; decides only, does no I/O but one
look at the data folder."""

from __future__ import annotations

import difflib
import stat
from collections.abc import Iterator

from quart import Quart

from quart_app.cli.intent import Intent
from quart_app.server import scarcity_of_descriptors
from quart_app.settings import (
    WITHOUT_EFFECT,
    ApplicationSettings,
    LiveSettings,
    ServerSettings,
    SessionSettings,
    secret_key,
    unknown_names,
)
from quart_app.settings.folders import data_folder
from quart_app.settings.parsing import declared

# Quart reads these from the environment itself.
_OF_QUART = {"APP", "DEBUG", "SKIP_DOTENV"}


def unwise(app: Quart, intent: Intent) -> Iterator[str]:
    """One line for each thing that is unwise."""
    settings = ApplicationSettings.from_config(app.config)
    sessions = SessionSettings.from_config(app.config)
    server = ServerSettings.from_config(app.config)
    if (scarcity := scarcity_of_descriptors(server)) is not None:
        yield scarcity
    if intent.is_open or not intent.address.is_loopback:
        if intent.believes_any_name:
            yield "anybody who reaches it can sign in under any name"
        yield from _unwise_in_the_open(settings, sessions, server)
    yield from _unwise_anywhere(app, settings, sessions)
    yield from _open_folder(app)
    yield from _odd_names(app, intent)


def _unwise_in_the_open(
    settings: ApplicationSettings, sessions: SessionSettings, server: ServerSettings
) -> Iterator[str]:
    if not sessions.cookie_secure:
        yield (
            "SESSION_COOKIE_SECURE is off, so whoever listens on the way can take over a session: "
            "serve over https and set it to True"
        )
    if not settings.trusted_hosts:
        yield "TRUSTED_HOSTS is empty, so it answers to any name: set it to yours"
    if not settings.trusted_proxies and server.connections_per_address is None:
        yield (
            "CONNECTIONS_PER_ADDRESS is not set, so one client can hold all connections: set it to "
            "some hundreds, or name the proxy in front in TRUSTED_PROXIES"
        )


def _unwise_anywhere(
    app: Quart, settings: ApplicationSettings, sessions: SessionSettings
) -> Iterator[str]:
    # Its length, and not the key.
    if len(settings.secret_key or app.secret_key or "") < secret_key.ADVISED:
        yield f"SECRET_KEY is short, so it can be guessed: give it {secret_key.ADVISED} characters"
    if app.debug:
        yield "DEBUG is on, so errors show the program and its data: turn it off"
    if app.testing:
        yield "TESTING is on, so errors show the program and its data: turn it off"
    if sessions.type == "memory":
        yield "SESSION_TYPE is memory, so all sessions end with the server: set it to filesystem"
    if not sessions.sealed:
        yield "SESSION_SEALED is off, so whoever reads the store reads the sessions: turn it on"
    if sessions.cookie_path != "/":
        yield (
            f"cookies are for {sessions.cookie_path} only, so nobody stays signed in on the pages "
            "outside it: unset SESSION_COOKIE_PATH and APPLICATION_ROOT, unless all is below it"
        )
    if app.config.get("SERVER_NAME"):
        yield "SERVER_NAME is set, so any other name finds no page: set TRUSTED_HOSTS in its place"
    if not sessions.cookie_httponly:
        yield "SESSION_COOKIE_HTTPONLY is off, so any script can take the cookie: turn it on"
    for network in settings.trusted_proxies:
        if not isinstance(network, str) and network.prefixlen == 0:
            yield f"TRUSTED_PROXIES has {network}, so everybody is believed: name your proxies only"


def _open_folder(app: Quart) -> Iterator[str]:
    folder = data_folder(SessionSettings.from_config(app.config), instance_path=app.instance_path)
    if folder.exists() and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        yield f"{folder} is open to other users: run chmod 700 {folder}"


def _odd_names(app: Quart, intent: Intent) -> Iterator[str]:
    for name, meant in unknown_names(app.config).items():
        yield _no_setting(name, meant)
    for name, reason in WITHOUT_EFFECT.items():
        if app.config.get(name):
            yield f"{name} has no effect: {reason}"
    classes = (ApplicationSettings, LiveSettings, ServerSettings, SessionSettings)
    ours = {item.metadata["name"] for cls in classes for item in declared(cls)}
    known = {*ours, *app.default_config, *_OF_QUART}
    for name in intent.environment:
        if name not in known and not name.startswith("SESSION_"):
            yield _no_setting(
                f"QUART_{name}", next(iter(difflib.get_close_matches(name, ours)), None)
            )


def _no_setting(name: str, meant: str | None) -> str:
    return f"{name} is no setting" + (f": did you mean {meant}?" if meant else "")
