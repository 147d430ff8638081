"""Our static files in memory, and their addresses, which change when a file does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from quart import Quart, Response
from werkzeug.exceptions import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file that is kept in memory."""

    name: str
    body: bytes
    modified_at: int
    version: str
    """What its address ends with in our pages: browsers may keep what that leads to."""
    max_age: int | None
    """For how many seconds they may keep what its bare address leads to."""


class Assets:
    """The files, for templates and for browsers."""

    def __init__(self, folder: Path, *, at: str, made: Mapping[str, bytes] | None = None) -> None:
        """`at` is the path that the folder is asked for at, below the application's root; what was
        `made` is as if it lay there too."""
        self.kept: dict[str, Asset] = {}
        """By the path that is asked for."""
        self._folder = folder
        self._made = made or {}
        self._at = at
        self._addresses: dict[str, str] = {}

    def join(self, app: Quart, *, endpoint: str) -> None:
        """Read all files, since they do not change while the server runs."""
        now = int(time.time())
        for name, body in self._made.items():
            self._keep(app, name, body, modified_at=now)
        for path in sorted(self._folder.rglob("*")):
            name = path.relative_to(self._folder).as_posix()
            if path.is_file() and name not in self._made:
                # Not in the future, whatever the clock was that the file was made by.
                modified_at = min(int(path.stat().st_mtime), now)
                self._keep(app, name, path.read_bytes(), modified_at=modified_at)

        async def nothing_else(filename: str) -> Response:
            # Not looked for: Quart fails at a name that is longer than names of files may be.
            raise NotFound

        app.view_functions[endpoint] = nothing_else

    def asset(self, name: str) -> str:
        """The address of a static file, below the application's own. It changes with the file."""
        return self._addresses[name]

    def _keep(self, app: Quart, name: str, body: bytes, *, modified_at: int) -> None:
        version = f"v={sha256(body).hexdigest()[:12]}"
        self._addresses[name] = f"{self._at}/{quote(name)}?{version}"
        self.kept[f"{self._at}/{name}"] = Asset(
            name=name,
            body=body,
            modified_at=modified_at,
            version=version,
            max_age=app.get_send_file_max_age(name),
        )
