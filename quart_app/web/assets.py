"""Addresses of static files that change when the file does, so that browsers may keep them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from quart import Quart, Response
from werkzeug.exceptions import NotFound


class Assets:
    """What there is under `static`, for templates and for browsers."""

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {}

    def join(self, app: Quart) -> None:
        """Look at all files once: they do not change while the server runs."""
        folder = Path(app.static_folder or "")
        for path in folder.rglob("*"):
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                digest = sha256(path.read_bytes()).hexdigest()
                self._addresses[name] = f"{app.static_url_path}/{quote(name)}?v={digest[:12]}"
        send = app.send_static_file

        async def send_known(filename: str) -> Response:
            # Not looked for: Quart fails at a name that is longer than names of files may be.
            if filename not in self._addresses:
                raise NotFound
            return await send(filename)

        app.view_functions["static"] = send_known

    def asset(self, name: str) -> str:
        """The address of a static file, below the application's own."""
        return self._addresses[name]
