"""What came back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.http import parse_options_header


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer, read to its end."""

    status: int
    headers: Headers
    body: bytes
    url: str
    """Where it came from; after redirects that is not what was asked for."""
    history: tuple[Response, ...] = ()
    """The redirects that led here."""

    def text(self) -> str:
        """The body as its Content-Type says, and as UTF-8 if it does not."""
        _, options = parse_options_header(self.headers.get("Content-Type"))
        return self.body.decode(options.get("charset", "utf-8"))

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def location(self) -> str | None:
        """Where a redirect leads, as the application wrote it."""
        return self.headers.get("Location")
