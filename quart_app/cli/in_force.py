"""Which value each setting has and where that comes from; `quart-app settings`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from quart import Quart

from quart_app.cli import logs
from quart_app.cli.intent import Intent
from quart_app.cli.names import CLASSES
from quart_app.cli.output import say
from quart_app.cli.target import application
from quart_app.settings.parsing import declared
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

    @property
    def shown(self) -> str:
        """Its value in words, and no secret."""
        if self.value in (None, (), ""):
            return "-"
        match self.name:
            case "SECRET_KEY" | "SECRET_KEY_FALLBACKS" | "PASSWORD_IMPORT_SALT":
                return "(set, not shown)"
            case "SESSION_URI" | "DATABASE_URL":
                return without_password(str(self.value))
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


def in_force(intent: Intent, app: object) -> Iterator[InForce]:
    """All settings. Raises `ConfigurationError`."""
    config = {**app.config, **intent.config} if isinstance(app, Quart) else intent.config
    for cls in CLASSES:
        settings = cls.from_config(config)
        for item in declared(cls):
            name, value = item.metadata["name"], getattr(settings, item.name)
            origin = _origin(name, intent)
            if origin == DEFAULT and name not in _MADE_BY_US and value != item.default:
                origin = "the application"
            yield InForce(name=name, value=value, origin=origin, is_default=value == item.default)


def _origin(name: str, intent: Intent) -> str:
    if name in intent.options:
        return f"--{name.lower().replace('_', '-')}"
    if intent.environment.get(name) is not None:
        return f"QUART_{name}"
    if name in intent.file:
        return str(intent.file_name)
    return IMPLIED if name in intent.implied else DEFAULT


def show(intent: Intent, *, in_json: bool) -> int:
    """Print them; the exit status. Raises `ConfigurationError`."""
    logs.keep_quiet()
    rows = [*in_force(intent, application(intent))]
    if in_json:
        say(json.dumps({row.name: {"value": row.shown, "from": row.origin} for row in rows}))
        return 0
    name_width = max(len(row.name) for row in rows)
    origin_width = max(len(row.origin) for row in rows)
    say(*(f"{row.name:{name_width}}  {row.origin:{origin_width}}  {row.shown}" for row in rows))
    return 0
