"""Reading a form strictly: what is not clearly one is refused, and nothing is guessed."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import parse_qsl

from quart import Request
from werkzeug.exceptions import (
    BadRequest,
    RequestEntityTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)

FORM_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 20
# Whatever an application takes elsewhere.
MOST_BYTES = 64 * 1024

# Control characters, separators of lines and paragraphs, halves of surrogate pairs; and what a
# program on the way made of bytes that it could not read.
_NEVER_IN_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd]")


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a POST. Raises 400, 408, 413 and 415."""
    if request.headers.getlist("Content-Type") != [FORM_TYPE]:  # as all browsers have it
        _verify_type(request)
    if (request.content_length or 0) > MOST_BYTES:
        raise RequestEntityTooLarge
    return fields_in(await _body_of(request))


def fields_in(body: bytes) -> dict[str, str]:
    """The fields of such a body. Raises 400 and 413."""
    if len(body) > MOST_BYTES:
        raise RequestEntityTooLarge
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as exc:  # not UTF-8, or too many
        raise BadRequest from exc
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadRequest  # a field twice: two readers could each take another one
    if any(map(_NEVER_IN_TEXT.search, (*fields, *fields.values()))):
        raise BadRequest
    return fields


def _verify_type(request: Request) -> None:
    if len(request.headers.getlist("Content-Type")) != 1 or request.mimetype != FORM_TYPE:
        raise UnsupportedMediaType
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType


async def _body_of(request: Request) -> bytes:
    # Not its `get_data`, which waits in a task of its own.
    if request.body_timeout is None:
        return bytes(await request.body)
    try:
        async with asyncio.timeout(request.body_timeout):
            return bytes(await request.body)
    except TimeoutError as exc:
        raise RequestTimeout from exc
