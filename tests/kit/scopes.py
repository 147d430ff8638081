"""What a server tells an application of a request, for tests that take the server's place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.datastructures import Headers

from quart_app.testing.asgi import scope_for

Pairs = Mapping[str, str] | Iterable[tuple[str, str]]


def scope(
    method: str = "GET",
    path: str = "/",
    *,
    host: str | None = "localhost",
    headers: Pairs = (),
    scheme: str = "http",
    **others: Any,
) -> dict[str, Any]:
    """One request, of a websocket if that is the scheme; the path is as it is, unquoted. Whatever
    else is given takes the place of what a server says."""
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    if host is not None:
        pairs.append(("host", host))
    path, _, query = path.partition("?")
    told = scope_for(method, f"{scheme}://localhost/", Headers(pairs), state={})
    said = {"path": path, "raw_path": path.encode(), "query_string": query.encode("latin-1")}
    return {**told, **said, "extensions": {}, **others}
