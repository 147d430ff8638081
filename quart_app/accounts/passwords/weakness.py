"""How much of a password is not simply a pattern. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_SHORTEST_RUN = 3
# Rows and columns of keyboards: English, French, German.
_LINES = (
    *("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"),
    *("azertyuiop", "qsdfghjklm", "wxcvbn,;:!"),
    *("qwertzuiopü", "asdfghjklöä", "yxcvbnm,.-"),
    *("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/"),
    *("1aqw", "2zsx", "3edc", "zaq1", "xsw2"),
)


class Pattern(StrEnum):
    """What a part of a password may simply be."""

    REPEATED = "repeated"
    SEQUENCE = "sequence"
    WALK = "walk"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a password, counted as one character."""

    length: int
    pattern: Pattern | None


def parts(text: str) -> list[Part]:
    """The text in pieces: patterns as long as they go, and single characters."""
    return list(_parts(text))


def _parts(text: str) -> Iterator[Part]:
    at = 0
    while at < len(text):
        found = max(
            Part(_repeats(text, at), Pattern.REPEATED),
            Part(_counts(text, at), Pattern.SEQUENCE),
            Part(_walks(text, at), Pattern.WALK),
            key=lambda part: part.length,
        )
        part = found if found.length >= _SHORTEST_RUN else Part(1, None)
        yield part
        at += part.length


def period(text: str) -> int:
    """The length of the shortest block that the text is a repetition of, or begins to be."""
    # How far each prefix ends as it begins.
    borders = [0]
    for end in range(1, len(text)):
        border = borders[-1]
        while border and text[border] != text[end]:
            border = borders[border - 1]
        borders.append(border + (text[border] == text[end]))
    return len(text) - borders[-1]


def _repeats(text: str, at: int) -> int:
    return len(text) - at - len(text[at:].lstrip(text[at]))


def _counts(text: str, at: int) -> int:
    if at + 1 >= len(text):
        return 1
    step = ord(text[at + 1]) - ord(text[at])
    if step not in (1, -1):
        return 1
    end = at + 2
    # 9 is followed by 0, as on a keyboard; that is a walk.
    while end < len(text) and ord(text[end]) - ord(text[end - 1]) == step:
        end += 1
    return end - at


def _walks(text: str, at: int) -> int:
    return max(_along(line, text, at) for each in _LINES for line in (each, each[::-1]))


def _along(line: str, text: str, at: int) -> int:
    place = line.find(text[at])
    length = 0
    while (
        0 <= place < len(line) - length
        and at + length < len(text)
        and line[place + length] == text[at + length]
    ):
        length += 1
    return length
