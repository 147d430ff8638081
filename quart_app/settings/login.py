"""The settings of `Login(app)`: names, defaults, reasons."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from quart_app.errors import ConfigurationError
from quart_app.settings.colors import Color, readable
from quart_app.settings.parsing import (
    MINUTE,
    duration,
    matching,
    one_of,
    or_none,
    parsed,
    path,
    setting,
    text,
    whole_number,
)

_prefix = matching(r"(/[A-Za-z0-9._~-]+)+", "a path such as '/account', without a slash at its end")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSettings:
    """What `Login` reads from `app.config`, when it is given the application."""

    prefix: str = setting(
        "LOGIN_PREFIX",
        "",
        or_none(_prefix),
        "Below which path the login's own lie: with `/account`, the form is at `/account/login`.",
    )
    mode: str | None = setting(
        "LOGIN_MODE",
        None,
        or_none(one_of("name", "check", "password")),
        "How visitors prove who they are. `name`: whatever name they type is believed, for demos, "
        "classrooms, trusted networks. `check`: the application's own function says, as it does by "
        "default where `Login(app, check=…)` has one. `password`: by the password of an account "
        "that is kept here.",
    )
    checks_at_once: int = setting(
        "LOGIN_CHECKS_AT_ONCE",
        8,
        whole_number,
        "How many names and passwords are checked at once, in each process. Sixteen times as many "
        "may wait.",
    )
    check_wait: timedelta = setting(
        "LOGIN_CHECK_WAIT",
        timedelta(seconds=5),
        duration,
        "How long a sign-in waits for its turn to be checked, before it is answered with 503.",
    )
    guesses: str = setting(
        "LOGIN_GUESSES",
        "memory",
        one_of("memory", "accounts"),
        "Where guesses at the application's own check are counted: in each process's `memory`, or "
        "where `accounts` are kept, for all workers and machines together.",
    )
    within: timedelta = setting(
        "LOGIN_WITHIN",
        10 * MINUTE,
        duration,
        "How long a sign-in of several stages may take.",
    )
    site_name: str | None = setting(
        "SITE_NAME", None, or_none(text), "The site's name: above the form, and in titles."
    )
    site_logo: Path | None = setting(
        "SITE_LOGO",
        None,
        or_none(path),
        "A picture in place of ours: an SVG, PNG, JPEG or WebP file of at most 256 kB.",
    )
    site_color: Color | None = setting(
        "SITE_COLOR",
        None,
        or_none(readable),
        "The colour of buttons and links, such as `#1a5496`. One that cannot be read on white, or "
        "with white on it, is refused with the nearest that can.",
    )
    template_dir: Path | None = setting(
        "TEMPLATE_DIR",
        None,
        or_none(path),
        "A folder whose templates are taken before ours: `login/layout.html` in it replaces ours.",
    )
    locale_dir: Path | None = setting(
        "LOCALE_DIR",
        None,
        or_none(path),
        "A folder with catalogues, `CODE/LC_MESSAGES/messages.po`: other languages, other words.",
    )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Read and check them all. Raises `ConfigurationError`."""
        values = {name: value for name, value in parsed(cls, config).items() if value is not None}
        settings = cls(**values)
        for name, folder in (
            ("TEMPLATE_DIR", settings.template_dir),
            ("LOCALE_DIR", settings.locale_dir),
        ):
            if folder is not None and not os.path.isdir(folder):
                raise ConfigurationError(
                    f"{name} is {str(folder)!r}: make that folder, or unset it"
                )
        return settings
