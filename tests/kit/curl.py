"""What people try a site with from their shell."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.kit.programs import needed


class Curl:
    """It goes where it is sent, and keeps cookies in its jar."""

    def __init__(self, url: str, *, jar: Path) -> None:
        self._url = url
        self.jar = jar
        keeping = ("--cookie", str(jar), "--cookie-jar", str(jar))
        self._command = (needed("curl", package="curl"), "-sS", "--fail", "--location", *keeping)

    def get(self, path: str, *options: str) -> str:
        """The page in the end. Raises if it is an error."""
        command = [*self._command, *options, self._url + path]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout
