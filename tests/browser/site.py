"""The application in processes of its own, as hypercorn serves it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from tests.kit.processes import python
from tests.kit.servers import login_pages

# Who has an account, where the login asks for passwords.
NAME, PASSWORD = "Ada", "correct horse battery staple"


class Sites:
    """One for each set of settings that a test asks for, kept for the next one."""

    def __init__(self, folder: Path, stack: ExitStack, always: Mapping[str, Any]) -> None:
        self._folder = folder
        self._always = always
        self._stack = stack
        self._urls: dict[str, str] = {}

    @classmethod
    @contextmanager
    def under(cls, folder: Path, **always: Any) -> Iterator[Self]:
        """Each with its data below the folder, and with these settings besides its own."""
        with ExitStack() as stack:
            yield cls(folder, stack, always)

    def url(self, **settings: Any) -> str:
        """The address of a site with these settings, which answers."""
        settings = {**self._always, **settings}
        key = json.dumps(settings, sort_keys=True)
        if key not in self._urls:
            folder = self._folder / f"site{len(self._urls)}"
            environment = {f"QUART_{name}": json.dumps(value) for name, value in settings.items()}
            site = login_pages(folder, environment=environment)
            self._urls[key] = self._stack.enter_context(site).url
            if settings.get("LOGIN_MODE") == "password":
                self._add_account(folder)
        return self._urls[key]

    def _add_account(self, folder: Path) -> None:
        data = ("--data-dir", str(folder / "data"))
        words = ("-m", "quart_app", "accounts", "add", NAME, *data)
        ended = python(*words, typed=f"{PASSWORD}\n")
        assert ended.returncode == 0, ended.stderr
