"""Answers for our own static files, from memory and before Quart is asked."""

from __future__ import annotations

import gzip
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Self

from werkzeug.http import http_date
from werkzeug.utils import get_content_type

from quart_app.scope import App, Headers, Receive, Scope, Send
from quart_app.web.assets import Asset, Assets
from quart_app.web.conditions import (
    NOT_MODIFIED,
    PRECONDITION_FAILED,
    Said,
    conditions_in,
    part_of,
    prefers_gzip,
    status_of,
)
from quart_app.web.headers import encoded
from quart_app.web.plain import say

PARTIAL_CONTENT = 206
RANGE_NOT_SATISFIABLE = 416
FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
KNOWN_ENCODINGS = 16  # browsers say one of a few


class StaticFiles:
    """An ASGI application about another one, which has what is no file of ours: other paths, and
    other methods than those that read."""

    def __init__(self, inner: App, assets: Assets) -> None:
        self._inner = inner
        self._files = {path: _File.of(asset) for path, asset in assets.kept.items()}
        self._prefers_gzip = lru_cache(KNOWN_ENCODINGS)(prefers_gzip)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if root := scope.get("root_path"):
            path = path.removeprefix(root)
        file = self._files.get(path)
        if file is None or scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return await self._inner(scope, receive, send)
        said = conditions_in(scope["headers"])
        found = file.plain
        if file.packed is not None and self._prefers_gzip(said.get(b"accept-encoding", "")):
            found = file.packed
        has_version = scope["query_string"] == file.version
        caching = FOR_EVER if has_version else file.caching
        await _answer(send, found, said, caching, is_head=scope["method"] == "HEAD")


async def _answer(
    send: Send, found: _Representation, said: Said, caching: tuple[bytes, bytes], *, is_head: bool
) -> None:
    status = status_of(said, etag=found.etag, modified_at=found.modified_at)
    if status == PRECONDITION_FAILED:
        return await say(send, status, "this file is another one by now")
    headers, body = [caching, *found.headers], found.body
    if status == NOT_MODIFIED:
        headers, body = [caching, *found.headers_if_known], b""
    elif not is_head and (part := part_of(said, len(body), etag=found.etag)) is not None:
        if not part:
            length = (b"content-range", b"bytes */%d" % len(body))
            return await say(send, RANGE_NOT_SATISFIABLE, "it has no such part", headers=[length])
        status = PARTIAL_CONTENT
        headers.append((b"content-range", b"bytes %d-%d/%d" % (part[0], part[-1], len(body))))
        body = body[part.start : part.stop]
    if status != NOT_MODIFIED:
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    body = b"" if is_head else body
    await send({"type": "http.response.body", "body": body, "more_body": False})


@dataclass(frozen=True, slots=True)
class _Representation:
    """The bytes that go over the wire, and what is said of them."""

    body: bytes
    etag: str
    modified_at: int
    headers: Headers
    headers_if_known: Headers

    @classmethod
    def of(cls, asset: Asset, body: bytes, *, is_packed: bool, varies: bool) -> Self:
        # A hash of these very bytes: zlib packs otherwise on another machine.
        etag = f'"{sha256(body).hexdigest()[:32]}"'
        known = {"etag": etag} | ({"vary": "Accept-Encoding"} if varies else {})
        kind = mimetypes.guess_type(asset.name)[0] or "application/octet-stream"
        headers = known | {
            "content-type": get_content_type(kind, "utf-8"),
            "last-modified": http_date(asset.modified_at),
            "accept-ranges": "bytes",
        }
        if is_packed:
            headers["content-encoding"] = "gzip"
        return cls(body, etag, asset.modified_at, encoded(headers), encoded(known))


@dataclass(frozen=True, slots=True)
class _File:
    plain: _Representation
    packed: _Representation | None
    version: bytes
    caching: tuple[bytes, bytes]
    """Of what the bare address leads to."""

    @classmethod
    def of(cls, asset: Asset) -> Self:
        packed = gzip.compress(asset.body, mtime=0)
        varies = len(packed) < len(asset.body)
        max_age = "" if asset.max_age is None else f", max-age={asset.max_age}"
        return cls(
            plain=_Representation.of(asset, asset.body, is_packed=False, varies=varies),
            packed=_Representation.of(asset, packed, is_packed=True, varies=True)
            if varies
            else None,
            version=asset.version.encode(),
            caching=(b"cache-control", f"public{max_age}".encode()),
        )
