"""Reading a form strictly: what is not clearly one is refused, and nothing is guessed."""

from __future__ import annotations

import asyncio
import unicodedata
from urllib.parse import parse_qsl

from quart import Request
from werkzeug.exceptions import BadRequest, RequestTimeout, UnsupportedMediaType

from quart_app.web.texts import translatable

FORM_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 20
LONGEST_NAME = 100

# Control characters, halves of surrogate pairs, separators of lines and paragraphs.
_NEVER_IN_TEXT = ("Cc", "Cs", "Zl", "Zp")
# Letters and symbols that show nothing.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
# What a program on the way made of bytes that it could not read.
_GARBLED = "\N{REPLACEMENT CHARACTER}"


class FieldError(ValueError):
    """What the visitor typed cannot be used; the message is for the visitor, untranslated."""


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a POST. Raises 400, 408, 413 and 415."""
    if request.headers.getlist("Content-Type") != [FORM_TYPE]:  # as all browsers have it
        _verify_type(request)
    body = await _body_of(request)
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
    for text in (*fields, *fields.values()):
        if _GARBLED in text or any(unicodedata.category(c) in _NEVER_IN_TEXT for c in text):
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


def name_from(typed: str) -> str:
    """The name that the visitor typed, in one spelling. Raises `FieldError`."""
    # Measured before it is normalized, which could make much of little.
    if len(typed) > LONGEST_NAME:
        raise FieldError(translatable("This name is too long."))
    name = unicodedata.normalize("NFC", typed).strip()
    if not any(map(_shows, name)):
        raise FieldError(translatable("Enter your name."))
    return name


def _shows(character: str) -> bool:
    # Accents, and what chooses between two shapes, show something only on a letter.
    return unicodedata.category(character)[0] in "LNPS" and character not in _BLANK
