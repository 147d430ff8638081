"""Addresses of static files that change when the file does, so that browsers may keep them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import cast
from urllib.parse import quote

from quart import Quart, Response
from werkzeug.exceptions import NotFound


class Assets:
    """What there is under `static`, for templates and for browsers."""

    def __init__(self, folder: Path, *, at: str) -> None:
        """`at` is the path that the folder is asked for at, below the application's root."""
        self._folder = folder
        self._at = at
        self._addresses: dict[str, str] = {}

    def join(self, app: Quart, *, endpoint: str) -> None:
        """Look at all files once: they do not change while the server runs."""
        folder = self._folder
        for path in folder.rglob("*"):
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                digest = sha256(path.read_bytes()).hexdigest()
                self._addresses[name] = f"{self._at}/{quote(name)}?v={digest[:12]}"
        send = app.view_functions[endpoint]

        async def send_known(filename: str) -> Response:
            # Not looked for: Quart fails at a name that is longer than names of files may be.
            if filename not in self._addresses:
                raise NotFound
            return cast(Response, await app.ensure_async(send)(filename=filename))

        app.view_functions[endpoint] = send_known

    def asset(self, name: str) -> str:
        """The address of a static file, below the application's own."""
        return self._addresses[name]
