"""The name that a visitor types, in one spelling."""

from __future__ import annotations

import unicodedata

from quart_app.login.refused import Refused
from quart_app.login.signals import Refusal
from quart_app.login.texts import translatable

LONGEST_NAME = 100
LONGEST_PASSWORD = 1_000

# Letters and symbols that show nothing.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"


def name_from(typed: str) -> str:
    """The name that the visitor typed, in one spelling. Raises `Refused`."""
    # Measured before it is normalized, which could make much of little.
    if len(typed) > LONGEST_NAME:
        raise _unusable(translatable("This name is too long."))
    name = unicodedata.normalize("NFC", typed).strip()
    if not any(map(_shows, name)):
        raise _unusable(translatable("Enter your name."))
    return name


def password_from(typed: str) -> str:
    """The password as it was typed. Raises `Refused`."""
    if not typed:
        raise _unusable(translatable("Enter your password."))
    if len(typed) > LONGEST_PASSWORD:
        raise _unusable(translatable("This password is too long."))
    return typed


def _unusable(words: str) -> Refused:
    return Refused(words, reason=Refusal.UNUSABLE, status=400)


def _shows(character: str) -> bool:
    # Accents, and what chooses between two shapes, show something only on a letter.
    return unicodedata.category(character)[0] in "LNPS" and character not in _BLANK
