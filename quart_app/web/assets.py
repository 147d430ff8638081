"""What lies under `static`: read once, since it does not change while the server runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from quart import Quart, Response
from werkzeug.exceptions import NotFound

# Of all files together. What is beyond it, a film for instance, Quart reads from the disk.
MOST_BYTES = 8 * 1024 * 1024


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

    def __init__(self) -> None:
        self.kept: dict[str, Asset] = {}
        """By the path that is asked for."""
        self._addresses: dict[str, str] = {}

    def join(self, app: Quart, *, most_bytes: int = MOST_BYTES) -> None:
        """Read all files, and keep as many as that allows, the small ones first."""
        for name, path in _files_in(Path(app.static_folder or "")):
            body = path.read_bytes()
            version = f"v={sha256(body).hexdigest()[:12]}"
            self._addresses[name] = f"{app.static_url_path}/{quote(name)}?{version}"
            most_bytes -= len(body)
            if most_bytes >= 0:
                self.kept[f"{app.static_url_path}/{name}"] = Asset(
                    name=name,
                    body=body,
                    # Not in the future, whatever the clock was that the file was made by.
                    modified_at=int(min(path.stat().st_mtime, time.time())),
                    version=version,
                    max_age=app.get_send_file_max_age(name),
                )
        send = app.send_static_file

        async def send_known(filename: str) -> Response:
            # Not looked for: Quart fails at a name that is longer than names of files may be.
            if filename not in self._addresses:
                raise NotFound
            return await send(filename)

        app.view_functions["static"] = send_known

    def asset(self, name: str) -> str:
        """The address of a static file, below the application's own. It changes with the file."""
        return self._addresses[name]


def _files_in(folder: Path) -> Iterator[tuple[str, Path]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda file: file.stat().st_size):
        yield path.relative_to(folder).as_posix(), path
