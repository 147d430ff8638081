"""What is unwise about a configuration, each with what to do; decides only, does no I/O but one
look at the data folder."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from quart import Quart

from quart_app.cli.in_force import of_no_effect
from quart_app.cli.intent import Intent
from quart_app.cli.places import data_folder_of
from quart_app.scope import App
from quart_app.server import Address, scarcity_of_descriptors
from quart_app.settings import (
    WITHOUT_EFFECT,
    ApplicationSettings,
    SessionSettings,
    secret_key,
    unknown_names,
)
from quart_app.settings.names import no_setting


def unwise(app: App, intent: Intent) -> Iterator[str]:
    """One line for each thing that is unwise. Raises `ConfigurationError`."""
    settings = ApplicationSettings.from_config(intent.config)
    is_public = intent.is_open or not intent.address.is_loopback
    if (scarcity := scarcity_of_descriptors(intent.server)) is not None:
        yield scarcity
    if isinstance(app, Quart):
        settings = ApplicationSettings.from_config(app.config)
        sessions = SessionSettings.from_config(app.config)
        # A proxy in front is there so that others reach it.
        if is_public or settings.trusted_proxies:
            yield from _unwise_where_others_reach_it(sessions, intent)
        if is_public and intent.target is None and not settings.trusted_hosts:
            yield "TRUSTED_HOSTS is empty, so it answers to any name: set it to yours"
        yield from _unwise_anywhere(app, settings, sessions)
        yield from _open_folder(app)
        yield from _odd_names(app)
    if is_public and not settings.trusted_proxies and not intent.server.connections_per_address:
        yield (
            "CONNECTIONS_PER_ADDRESS is not set, so one client can hold all connections: set it to "
            "some hundreds, or name the proxy in front in TRUSTED_PROXIES"
        )
    if not is_public and _is_behind_a_proxy(settings, intent) and not settings.trusted_proxies:
        yield (
            "TRUSTED_PROXIES is empty, so all who come through the proxy in front are one visitor, "
            "and the guesses of one slow down everybody: set it to 127.0.0.1, or to unix"
        )
    metrics = intent.observing.metrics_bind
    if metrics is not None and not Address.of(metrics).is_loopback:
        yield (
            f"METRICS_BIND is {metrics}, so other machines can read how the site is used: set it "
            "to 127.0.0.1:9464, or let only Prometheus reach it"
        )
    yield from of_no_effect(intent, app)
    for name, meant in intent.unknown_names.items():
        yield no_setting(f"QUART_{name}", meant and f"QUART_{meant}")


def _unwise_where_others_reach_it(sessions: SessionSettings, intent: Intent) -> Iterator[str]:
    if intent.believes_any_name:
        yield "anybody who reaches it can sign in under any name"
    if not sessions.cookie_secure:
        yield (
            "SESSION_COOKIE_SECURE is off, so whoever listens on the way can take over a session: "
            "serve over https and set it to True"
        )


def _is_behind_a_proxy(settings: ApplicationSettings, intent: Intent) -> bool:
    """Whether it has a name, and only this machine reaches it."""
    return bool(settings.trusted_hosts) and "TRUSTED_HOSTS" not in intent.implied


def _unwise_anywhere(
    app: Quart, settings: ApplicationSettings, sessions: SessionSettings
) -> Iterator[str]:
    # Its length, and not the key. Where there is none, a long one is made, or none is needed.
    key = settings.secret_key or app.secret_key
    if key and len(key) < secret_key.ADVISED:
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
    folder = data_folder_of(app)
    if folder.exists() and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        yield f"{folder} is open to other users: run chmod 700 {folder}"


def _odd_names(app: Quart) -> Iterator[str]:
    for name, meant in unknown_names(app.config).items():
        yield no_setting(name, meant)
    for name, reason in WITHOUT_EFFECT.items():
        if app.config.get(name):
            yield f"{name} has no effect: {reason}"
