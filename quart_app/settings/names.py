"""Which names are settings, and which of them somebody meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from quart import Quart

from quart_app.settings import (
    WITHOUT_EFFECT,
    AccountsSettings,
    ApplicationSettings,
    LiveSettings,
    LoginSettings,
    ObservingSettings,
    ServerSettings,
    SessionSettings,
)
from quart_app.settings.parsing import declared

CLASSES = (
    SessionSettings,
    ApplicationSettings,
    LoginSettings,
    AccountsSettings,
    LiveSettings,
    ServerSettings,
    ObservingSettings,
)
OURS = tuple(item.metadata["name"] for cls in CLASSES for item in declared(cls))
# Of these the command itself makes use; all others are the application's.
OF_THE_SERVER = {
    item.metadata["name"] for cls in (ServerSettings, ObservingSettings) for item in declared(cls)
}
_ALIKE = 0.75
# Quart reads these from the environment itself.
_OF_QUART = {"APP", "DEBUG", "SKIP_DOTENV"}


def unknown(names: Iterable[str]) -> dict[str, str | None]:
    """Those that are no setting of ours or of Quart's, each with the one that may be meant."""
    known = {*OURS, *WITHOUT_EFFECT, *Quart.default_config, *_OF_QUART}
    return {
        name: next(iter(difflib.get_close_matches(name.upper(), OURS, cutoff=_ALIKE)), None)
        for name in names
        # Parts of a mapping have two of these in their name.
        if name.partition("__")[0] not in known
    }


def no_setting(name: str, meant: str | None) -> str:
    """One line that says so."""
    return f"{name} is no setting" + (f": did you mean {meant}?" if meant else "")
