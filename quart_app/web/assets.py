"""Addresses of static files that change when the file does, so that browsers may keep them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from quart import Quart, url_for


class Assets:
    """Gives templates `asset("style.css")`."""

    def __init__(self) -> None:
        self._versions: dict[str, str] = {}

    def join(self, app: Quart) -> None:
        """Look at all files once: they do not change while the server runs."""
        folder = Path(app.static_folder or "")
        for path in folder.rglob("*"):
            if path.is_file():
                digest = sha256(path.read_bytes()).hexdigest()
                self._versions[path.relative_to(folder).as_posix()] = digest[:12]
        app.add_template_global(self.asset)

    def asset(self, name: str) -> str:
        """The address of a static file."""
        return url_for("static", filename=name, v=self._versions[name])
