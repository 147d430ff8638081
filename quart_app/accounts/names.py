"""Says which name an account has: one spelling for all ways to type it. No I/O."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from quart_app.accounts.lookalikes import mixes_scripts, skeleton_of
from quart_app.errors import NameRefused

LONGEST_NAME = 100
LONGEST_MAIL = 254

# Beside letters, digits and their marks. What a name may hold, not what it may not.
_PUNCTUATION = frozenset(" -_.@+'")
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Mn", "Mc"})
# Letters and marks that show nothing, beside all of the category Cf.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\uffa0\ufe00-\ufe0f]"
)
_UNSPEAKABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_DASHES_AND_QUOTES = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        "\u2019": "'",
        "\u02bc": "'",
    }
)
_IN_MAIL = r"[^\s@\x00-\x1f\x7f\ud800-\udfff]"
_MAIL = re.compile(rf"{_IN_MAIL}+@{_IN_MAIL}+\.(?:(?!\.){_IN_MAIL})+")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,35}")
# Folding can bring forth what normalizing changes once more, and the other way round.
_MOST_ROUNDS = 4


class NameProblem(StrEnum):
    """Why a name is refused."""

    EMPTY = "empty"
    TOO_LONG = "too long"
    CHARACTER = "character"
    MIXED_SCRIPTS = "mixed scripts"
    MAIL = "mail"
    LANGUAGE = "language"


WHY = {
    NameProblem.EMPTY: "the name is empty",
    NameProblem.TOO_LONG: f"the name has more than {LONGEST_NAME} characters",
    NameProblem.CHARACTER: "the name may have letters and digits, and beside them spaces and "
    "-_.@+' only",
    NameProblem.MIXED_SCRIPTS: "the name mixes letters of several scripts: keep to one",
    NameProblem.MAIL: "the address of mail is none: one looks like ada@example.org",
    NameProblem.LANGUAGE: "the language is no code: one looks like en or pt-BR",
}


@dataclass(frozen=True, slots=True)
class Name:
    """One name in its three forms."""

    canonical: str
    """What it is found by."""
    shown: str
    """As it was typed, but for what cannot be seen."""
    skeleton: str
    """The same for all names that look alike."""


def name_from(typed: str) -> Name:
    """The name in all its forms. Raises `NameRefused`."""
    if len(typed) > LONGEST_NAME:
        raise NameRefused(NameProblem.TOO_LONG)
    canonical = canonical_of(typed)
    if not any(unicodedata.category(each)[0] in "LN" for each in canonical):
        raise NameRefused(NameProblem.EMPTY if not canonical else NameProblem.CHARACTER)
    shown = _without_invisible(unicodedata.normalize("NFC", typed))
    if max(len(canonical), len(shown)) > LONGEST_NAME:
        raise NameRefused(NameProblem.TOO_LONG)
    if not all(map(_is_allowed, canonical)) or unicodedata.category(canonical[0])[0] == "M":
        raise NameRefused(NameProblem.CHARACTER)
    if mixes_scripts(canonical):
        raise NameRefused(NameProblem.MIXED_SCRIPTS)
    return Name(canonical, shown, skeleton_of(shown))


def canonical_of(typed: str) -> str:
    """What this would be found by. Any text has such a form, also one that no account can have."""
    # Databases choke on these, and no name has the character that stands for them here.
    text = _UNSPEAKABLE.sub("\ufffd", typed[: 2 * LONGEST_NAME])
    for _ in range(_MOST_ROUNDS):
        before = text
        text = unicodedata.normalize("NFKC", text).casefold().translate(_DASHES_AND_QUOTES)
        text = _without_invisible("".join(map(_with_plain_digit, text)))
        if text == before:
            break
    return text


def mail_from(typed: str) -> str:
    """The address of mail in small letters. Raises `NameRefused`."""
    mail = unicodedata.normalize("NFC", typed.strip()).lower()
    if len(mail) > LONGEST_MAIL or not _MAIL.fullmatch(mail):
        raise NameRefused(NameProblem.MAIL)
    return mail


def language_from(typed: str) -> str:
    """The code of a language. Raises `NameRefused`."""
    if not _LANGUAGE.fullmatch(typed):
        raise NameRefused(NameProblem.LANGUAGE)
    return typed


def _without_invisible(text: str) -> str:
    seen = (each for each in text if unicodedata.category(each) != "Cf")
    return " ".join(_INVISIBLE.sub("", "".join(seen)).split())


def _with_plain_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _is_allowed(character: str) -> bool:
    return character in _PUNCTUATION or unicodedata.category(character) in _LETTERS
