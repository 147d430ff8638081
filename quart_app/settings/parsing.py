"""How a setting is declared, and how a value of `app.config` becomes one to rely on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import Field, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from quart_app.errors import ConfigurationError

Parse = Callable[[Any], Any]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# Bytes of the environment that are no UTF-8 arrive as surrogates.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def setting(name: str, default: Any, parse: Parse, reason: str, *, is_secret: bool = False) -> Any:
    """One field of a class of settings. No part of a secret one is ever said."""
    about = {"name": name, "parse": parse, "reason": reason, "is_secret": is_secret}
    return field(default=default, metadata=about)


# As people write them: in the environment 1 and 0 arrive as numbers, the others as texts.
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def truth(value: Any) -> bool:
    said = str(value).strip().lower()
    if not isinstance(value, bool | int | str) or said not in _YES + _NO:
        raise ValueError("True or False, in the environment true or false")
    return said in _YES


def truth_or_auto(value: Any) -> bool | str:
    if value == "auto":
        return "auto"
    try:
        return truth(value)
    except ValueError:
        raise ValueError("True, False or 'auto', in the environment true, false or auto") from None


def async_redis(value: Any) -> Any:
    """A client whose calls are awaited. Told by its name: an application with sessions in files
    need not have the package."""
    modules = {cls.__module__.partition(".")[0] for cls in type(value).__mro__}
    awaits = any(".asyncio" in cls.__module__ for cls in type(value).__mro__)
    if modules & {"redis", "valkey"} and not awaits:
        raise ValueError("a client of redis.asyncio: this one would block the event loop")
    return value


def text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a text")
    return value


def quoted_text(value: Any) -> str:
    """One that a file of settings may have without its quotes, as a number."""
    if not isinstance(value, str):
        raise ValueError("a text, between quotes")
    return value


def key(value: Any) -> str | bytes:
    return value if isinstance(value, bytes) else quoted_text(value)


def path(value: Any) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("a path")
    return Path(value)


def file_mode(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value & ~0o600 or not value & 0o600:
        raise ValueError("0o600: only the server itself reads sessions")
    return value


def duration(value: Any) -> timedelta:
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):  # not a number, or more than there is
            value = timedelta(seconds=value)
    if not isinstance(value, timedelta) or value <= timedelta():
        raise ValueError("a positive number of seconds, or a timedelta")
    return value


def duration_or_zero(value: Any) -> timedelta:
    return timedelta() if value in (0, timedelta()) and value is not False else duration(value)


def names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = (value,)
    names = tuple(value) if isinstance(value, Iterable) else ()
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ValueError("a name, or several")
    return names


def matching(pattern: str, shown: str) -> Parse:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(shown)
        return value

    return parse


def whole_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ValueError("a positive whole number")
    return value


def one_of(*choices: str) -> Parse:
    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(" or ".join(map(repr, choices)))
        return str(value)

    return parse


def or_none(parse: Parse) -> Parse:
    def parse_or_none(value: Any) -> Any:
        return parse(value) if value else None

    return parse_or_none


def parsed(cls: type[Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """The values that `config` has for the settings of a class. Raises `ConfigurationError`, one
    line with the cure."""
    values = {}
    for item in declared(cls):
        name = item.metadata["name"]
        # Quart's own defaults say None where it has no opinion.
        if (value := config.get(name)) is not None:
            if isinstance(value, str) and _NO_TEXT.search(value):
                # Without the value, which may be a secret.
                raise ConfigurationError(f"{name} is not a text: write it in UTF-8, without NUL")
            try:
                values[item.name] = item.metadata["parse"](value)
            except ValueError as exc:
                shown = "not shown here" if item.metadata["is_secret"] else repr(value)
                raise ConfigurationError(f"{name} is {shown}: set it to {exc}") from None
    return values


def plain_truths(cls: type[Any], config: Mapping[str, Any]) -> dict[str, bool]:
    """The settings of a class that say yes or no in words, as what they mean: Quart, and whoever
    else looks at `config`, takes every word for a yes."""
    values = {}
    for item in declared(cls):
        value = config.get(name := item.metadata["name"])
        if item.metadata["parse"] in (truth, truth_or_auto) and not isinstance(value, bool):
            with suppress(ValueError):
                values[name] = truth(value)
    return values


def declared(cls: type[Any]) -> tuple[Field[Any], ...]:
    """The settings of a class, in order."""
    return fields(cls)
