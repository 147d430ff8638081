"""What may be said of a request; `Client.request` tells what each of it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from quart_app.testing.encoding import Fields, Files
from quart_app.testing.outgoing import Mode, Site


class RequestOptions(TypedDict, total=False):
    """What `Client.request` takes besides method and URL."""

    query: Fields | None
    form: Fields | None
    files: Files | None
    json: Any
    data: str | bytes | None
    headers: Mapping[str, str] | None
    site: Site
    mode: Mode | None
    referer: str | None
    raises: bool | None
    follow_redirects: bool
    timeout: float | None
