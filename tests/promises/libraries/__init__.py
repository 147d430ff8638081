"""The libraries that can be put to the test. None but ours has to be installed."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from tests.promises.adapter import Adapter, NotInstalled


@dataclass(frozen=True)
class Library:
    """Where to find an adapter, without importing what it needs."""

    title: str
    package: str
    module: str
    adapter: str
    guesses_owner: bool = False

    @property
    def version(self) -> str:
        """The installed version, empty if there is none."""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return ""

    def mount(self) -> Adapter:
        """A new adapter. Raises `NotInstalled`."""
        try:
            module = importlib.import_module(f"{__name__}.{self.module}")
        except ImportError as exc:
            raise NotInstalled(f"{self.title} needs {exc.name}") from exc
        adapter: Adapter = getattr(module, self.adapter)()
        return adapter


OURS = (
    Library("quart_app memory", "quart-app", "ours", "OursInMemory"),
    Library("quart_app files", "quart-app", "ours", "OursInFiles"),
    Library("quart_app Redis", "quart-app", "ours", "OursInRedis"),
    # The same in applications that do not name their owner key.
    Library("memory, guessing", "quart-app", "ours", "OursInMemoryGuessing", guesses_owner=True),
    Library("files, guessing", "quart-app", "ours", "OursInFilesGuessing", guesses_owner=True),
    Library("Redis, guessing", "quart-app", "ours", "OursInRedisGuessing", guesses_owner=True),
)
NEIGHBOURS = (
    Library("quart-session", "quart-session", "quart_session", "QuartSession"),
    Library("Flask-Session files", "flask-session", "flask_session", "FlaskSessionInFiles"),
    Library("Flask-Session Redis", "flask-session", "flask_session", "FlaskSessionInRedis"),
    Library("starsessions", "starsessions", "starsessions", "StarSessions"),
)
