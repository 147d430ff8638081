"""The application in processes of its own, as hypercorn serves it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from tests.kit.servers import login_pages


class Sites:
    """One for each set of settings that a test asks for, kept for the next one."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._urls: dict[str, str] = {}

    @classmethod
    @contextmanager
    def under(cls, folder: Path) -> Iterator[Self]:
        """Each with its data below the folder."""
        with ExitStack() as stack:
            yield cls(folder, stack)

    def url(self, **settings: Any) -> str:
        """The address of a site with these settings, which answers."""
        key = json.dumps(settings, sort_keys=True)
        if key not in self._urls:
            folder = self._folder / f"site{len(self._urls)}"
            environment = {f"QUART_{name}": json.dumps(value) for name, value in settings.items()}
            site = login_pages(folder, environment=environment)
            self._urls[key] = self._stack.enter_context(site).url
        return self._urls[key]
