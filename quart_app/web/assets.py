"""Addresses of static files that change when the file does, so that browsers may keep them."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import cast
from urllib.parse import quote

from quart import Quart, Response
from werkzeug.exceptions import NotFound
from werkzeug.utils import get_content_type


class Assets:
    """What there is under `static`, for templates and for browsers."""

    def __init__(self, folder: Path, *, at: str, made: Mapping[str, bytes] | None = None) -> None:
        """`at` is the path that the folder is asked for at, below the application's root; what was
        `made` is as if it lay there too."""
        self._folder = folder
        self._made = made or {}
        self._at = at
        self._addresses: dict[str, str] = {}

    def join(self, app: Quart, *, endpoint: str) -> None:
        """Look at all files once: they do not change while the server runs."""
        folder = self._folder
        for path in folder.rglob("*"):
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                self._addresses[name] = self._address(name, path.read_bytes())
        made = {}
        for name, body in self._made.items():
            self._addresses[name] = self._address(name, body)
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            made[name] = (body, get_content_type(kind, "utf-8"))
        send = app.view_functions[endpoint]

        async def send_known(filename: str) -> Response:
            # Not looked for: Quart fails at a name that is longer than names of files may be.
            if filename not in self._addresses:
                raise NotFound
            if filename in made:
                return _response(*made[filename])
            return cast(Response, await app.ensure_async(send)(filename=filename))

        app.view_functions[endpoint] = send_known

    def asset(self, name: str) -> str:
        """The address of a static file, below the application's own."""
        return self._addresses[name]

    def _address(self, name: str, body: bytes) -> str:
        return f"{self._at}/{quote(name)}?v={sha256(body).hexdigest()[:12]}"


def _response(body: bytes, kind: str) -> Response:
    response = Response(body, content_type=kind)
    # Its address changes with it.
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
