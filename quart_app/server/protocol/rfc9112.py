"""HTTP/1.1 as RFC 9112 has it, where h11 lets more pass: limits, versions, targets and hosts."""

from __future__ import annotations

import re
from typing import Any

import h11

from quart_app.server.protocol.ordinary import HOST, MOST_HEADERS, TARGET

_TOO_LONG, _TARGET_TOO_LONG, _VERSION_NOT_SUPPORTED = 431, 414, 505
# For each byte of a body a client may send as many that frame it. Chunks of one byte need five.
_FRAMING_PER_BYTE = 8
_NO_MORE_REQUESTS = (h11.MUST_CLOSE, h11.CLOSED)
_EMPTY_LINES = re.compile(rb"(?:\r?\n)*+")
_END_OF_HEAD = re.compile(rb"\n\r?\n")  # as h11 finds it
_ABSOLUTE = re.compile(rb"(?i:https?)://([^/?#]++)(.*+)", re.DOTALL)


class StrictConnection(h11.Connection):
    """A server's side of one connection. What it refuses it raises as h11 does."""

    def __init__(self, *, most: int) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size=most)
        self._most = most
        self._empty_bytes = 0
        self._framing_bytes = 0

    @property
    def has_begun_a_head(self) -> bool:
        """Whether bytes are here that are no whole request yet, be they an empty line."""
        return bool(self._receive_buffer or self._empty_bytes)

    def _extract_next_receive_event(self) -> Any:
        buffer = self._receive_buffer
        if self.their_state in _NO_MORE_REQUESTS:
            # The client has said that it asks no more: nothing behind that is a request.
            buffer.maybe_extract_at_most(len(buffer))
        elif self.their_state is h11.IDLE and buffer:
            self._skip_empty_lines()
            self._verify_size_of_head(bytes(buffer))
            if bytes(buffer) == b"\r":
                return h11.NEED_DATA
        before = len(buffer)
        event = super()._extract_next_receive_event()
        if isinstance(event, h11.Request):
            self._empty_bytes = self._framing_bytes = 0
            return _as_meant(event)
        if isinstance(event, h11.Data | h11.EndOfMessage):
            self._verify_framing(event, consumed=before - len(buffer))
        return event

    def _skip_empty_lines(self) -> None:
        empty = _EMPTY_LINES.match(bytes(self._receive_buffer))
        if empty is not None and (length := empty.end()):
            self._receive_buffer.maybe_extract_at_most(length)
            self._empty_bytes += length

    def _verify_size_of_head(self, data: bytes) -> None:
        """One limit, in however many pieces it comes, and before any of it is looked at."""
        end = _END_OF_HEAD.search(data)
        length = len(data) if end is None else end.end()
        if self._empty_bytes + length > self._most:
            is_target = bool(data) and b"\n" not in data[: self._most]
            _refuse("head too long", _TARGET_TOO_LONG if is_target else _TOO_LONG)
        if data.count(b"\n", 0, length) > MOST_HEADERS + 2:
            _refuse("too many headers", _TOO_LONG)

    def _verify_framing(self, event: h11.Data | h11.EndOfMessage, *, consumed: int) -> None:
        """Bound what is no body: extensions of chunks, and trailers."""
        length = len(event.data) if isinstance(event, h11.Data) else 0
        beyond = consumed - length - _FRAMING_PER_BYTE * length
        self._framing_bytes = max(0, self._framing_bytes + beyond)
        if self._framing_bytes > self._most:
            _refuse("too much about a body", _TOO_LONG)


def _refuse(reason: str, status: int = 400) -> None:
    raise h11.RemoteProtocolError(reason, error_status_hint=status)


def _as_meant(request: h11.Request) -> h11.Request:
    """What the RFC has a server understand. Raises `h11.RemoteProtocolError`."""
    if not request.http_version.startswith(b"1."):
        _refuse("a version that is not spoken here", _VERSION_NOT_SUPPORTED)
    target, headers = request.target, request.headers.raw_items()
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is not None:
        # What the Host header says counts for nothing then.
        target = absolute[2] if absolute[2].startswith(b"/") else b"/" + absolute[2]
        headers = [each for each in headers if each[0].lower() != b"host"]
        headers.append((b"Host", absolute[1]))
    _verify_target(request.method, target)
    names = {name.lower() for name, _ in headers}
    for name, value in headers:
        if name.lower() == b"host" and not HOST.fullmatch(value):
            _refuse("no host")
    is_ambiguous = names >= {b"content-length", b"transfer-encoding"}
    if is_ambiguous:
        # Somebody on the way may have believed the length.
        headers = [each for each in headers if each[0].lower() != b"content-length"]
        headers.append((b"Connection", b"close"))
    is_newer = request.http_version > b"1.1"
    if absolute is None and not is_ambiguous and not is_newer:
        return request
    version = b"1.1" if is_newer else request.http_version
    return h11.Request(method=request.method, target=target, headers=headers, http_version=version)


def _verify_target(method: bytes, target: bytes) -> None:
    form = HOST if method == b"CONNECT" else TARGET
    if not form.fullmatch(target) and (method, target) != (b"OPTIONS", b"*"):
        _refuse("no target")
