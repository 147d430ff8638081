"""Which value each setting has and where that comes from; `quart-app settings`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from quart import Quart

from quart_app.cli import logs
from quart_app.cli.intent import Intent
from quart_app.cli.output import put, say
from quart_app.cli.target import application
from quart_app.errors import ConfigurationError
from quart_app.settings.names import CLASSES, OF_THE_SERVER, OURS
from quart_app.settings.parsing import declared, parsed
from quart_app.settings.urls import without_password

DEFAULT, IMPLIED = "default", "serve"
# A key is made at the first start, and the pages know which entry names the owner.
_MADE_BY_US = ("SECRET_KEY", "SESSION_OWNER_KEY")


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """One setting."""

    name: str
    value: Any
    origin: str
    is_default: bool
    is_secret: bool

    @property
    def shown(self) -> str:
        """Its value in words, and no secret."""
        if self.value in (None, (), ""):
            return "-"
        match self.name:
            case "SESSION_URI" | "DATABASE_URL":
                return without_password(str(self.value))
            case _ if self.is_secret:
                return "(set, not shown)"
            case "SESSION_FILE_MODE" | "BIND_MODE":
                return oct(self.value)
            case "SESSION_REDIS":
                # What a Redis client says of itself may have its password in it.
                return type(self.value).__name__
        if isinstance(self.value, timedelta):
            return f"{self.value.total_seconds():.12g} seconds"
        if isinstance(self.value, tuple):
            return ", ".join(map(str, self.value))
        return str(self.value)


def config_in_force(intent: Intent, app: object) -> dict[str, Any]:
    """An operator's own application has settings of its own, but for the server's."""
    if not isinstance(app, Quart):
        return intent.config
    if intent.target is None:
        return {**app.config, **intent.config}
    server = {name: value for name, value in intent.config.items() if name in OF_THE_SERVER}
    return {name: value for name, value in app.config.items() if name not in OF_THE_SERVER} | server


def without_effect(intent: Intent, app: object) -> list[str]:
    """Settings that the operator gives, and an application of their own does not have. Raises
    `ConfigurationError`."""
    config = config_in_force(intent, app)
    said = {name: value for name, value in intent.config.items() if name in OURS}
    return [
        name
        for cls in CLASSES
        for name in said
        if parsed(cls, {name: said[name]}) != _parsed_if_ours(cls, {name: config.get(name)})
    ]


def _parsed_if_ours(cls: type[Any], config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """An application without our extensions may mean something else by the name."""
    try:
        return parsed(cls, config)
    except ConfigurationError:
        return None


def of_no_effect(intent: Intent, app: object) -> list[str]:
    """The same in a line, if there are any."""
    given = [_given(name, intent) for name in without_effect(intent, app)]
    if not given:
        return []
    return [
        f"without effect on {intent.target}: {', '.join(given)}; it takes QUART_… variables by "
        "app.config.from_prefixed_env(), before Session(app) and Login(app)"
    ]


def in_force(intent: Intent, app: object) -> Iterator[InForce]:
    """All settings. Raises `ConfigurationError`."""
    config, missed = config_in_force(intent, app), without_effect(intent, app)
    for cls in CLASSES:
        settings = cls.from_config(config)
        for item in declared(cls):
            name, value = item.metadata["name"], getattr(settings, item.name)
            origin = DEFAULT if name in missed else _origin(name, intent)
            if origin == DEFAULT and name not in _MADE_BY_US and value != item.default:
                origin = "the application"
            yield InForce(
                name=name,
                value=value,
                origin=origin,
                is_default=value == item.default,
                is_secret=item.metadata["is_secret"],
            )


def _origin(name: str, intent: Intent) -> str:
    if name in intent.options:
        return f"--{name.lower().replace('_', '-')}"
    if intent.environment.get(name) is not None:
        return f"QUART_{name}"
    if name in intent.file:
        return str(intent.file_name)
    return IMPLIED if name in intent.implied else DEFAULT


def _given(name: str, intent: Intent) -> str:
    origin = _origin(name, intent)
    return f"{name} in {origin}" if origin == intent.file_name else origin


def show(intent: Intent, *, in_json: bool) -> int:
    """Print them; the exit status. Raises `ConfigurationError`."""
    logs.keep_quiet()
    rows = [*in_force(intent, application(intent))]
    if in_json:
        put(json.dumps({row.name: {"value": row.shown, "from": row.origin} for row in rows}))
        return 0
    name_width = max(len(row.name) for row in rows)
    origin_width = max(len(row.origin) for row in rows)
    say(*(f"{row.name:{name_width}}  {row.origin:{origin_width}}  {row.shown}" for row in rows))
    return 0
