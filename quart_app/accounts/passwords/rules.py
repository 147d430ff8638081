"""Which passwords are taken: NIST SP 800-63B-4, and what guessers of long ones try first."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from quart_app.accounts.passwords.lists import folded
from quart_app.accounts.passwords.weakness import Part, Pattern, parts, period
from quart_app.errors import PasswordRefused

SHORTEST_ALONE, SHORTEST_BESIDE_ANOTHER = 15, 8
LONGEST = 256
# So much has to be left of a password without its patterns, and without names.
LEAST_LEFT = 8
_SHORTEST_NAME = 3
_NAME = "\x00"  # stands for one that was taken out
_YEAR = re.compile(r"(?:19|20)\d\d")
_PLAIN = str.maketrans("013457@$!", "oleastasi")


class PasswordProblem(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    LISTED = "listed"
    COMMON = "common"
    REPEATED = "repeated"
    SEQUENCE = "sequence"
    WALK = "walk"
    WORD = "common word"
    NAMES = "names"
    BREACHED = "breached"


class PasswordRules:
    """What holds for a password that is to be set. One that was set once is never asked again."""

    def __init__(
        self,
        *,
        site_names: Iterable[str] = (),
        blocklist: frozenset[str] = frozenset(),
        common: frozenset[str] = frozenset(),
    ) -> None:
        self._site_names = tuple(site_names)
        self._blocklist = blocklist
        self._common = common

    def verify(self, password: str, *, names: Iterable[str], is_alone: bool = True) -> None:
        """Raises `PasswordRefused`. The names are the account's; beside another factor a shorter
        password does."""
        # Before it is normalized, which takes the square of how many accents follow each other: no
        # more than four characters become one.
        if len(password) > 4 * LONGEST:
            raise PasswordRefused(PasswordProblem.TOO_LONG)
        text = unicodedata.normalize("NFC", password)
        if len(text) < (SHORTEST_ALONE if is_alone else SHORTEST_BESIDE_ANOTHER):
            raise PasswordRefused(PasswordProblem.TOO_SHORT)
        if len(text) > LONGEST:
            raise PasswordRefused(PasswordProblem.TOO_LONG)
        plain = folded(text)
        if plain in self._blocklist:
            raise PasswordRefused(PasswordProblem.LISTED)
        if plain in self._common:
            raise PasswordRefused(PasswordProblem.COMMON)
        if period(plain) < LEAST_LEFT:
            raise PasswordRefused(PasswordProblem.REPEATED)
        if self._is_a_common_word(plain):
            raise PasswordRefused(PasswordProblem.WORD)
        if (problem := _pattern_of(parts(plain))) is not None:
            raise PasswordRefused(problem)
        if _is_of_names(plain, (*names, *self._site_names)):
            raise PasswordRefused(PasswordProblem.NAMES)

    def _is_a_common_word(self, plain: str) -> bool:
        """One of them, once or more often, with little else such as a year."""
        for text in (plain, plain.translate(_PLAIN)):
            letters = "".join(each for each in text if each.isalpha())
            word = letters[: period(letters)] if letters else ""
            is_whole = bool(word) and len(letters) % len(word) == 0
            others = len(_YEAR.sub("-", text)) - len(letters)
            if is_whole and word in self._common and others < LEAST_LEFT:
                return True
        # What looks like a year may be told apart from what stands for letters: pass12013.
        without_end = plain.rstrip("0123456789!.?*#-_ ")
        return (
            len(plain) - len(without_end) < 2 * LEAST_LEFT
            and without_end.translate(_PLAIN) in self._common
        )


def _pattern_of(found: list[Part]) -> PasswordProblem | None:
    """The pattern that most of it is, if little else is left."""
    if len(found) >= LEAST_LEFT:
        return None
    covered = Counter[Pattern]()
    for part in found:
        if part.pattern is not None:
            covered[part.pattern] += part.length
    return PasswordProblem(covered.most_common(1)[0][0].value) if covered else None


def _is_of_names(plain: str, names: Iterable[str]) -> bool:
    left = plain
    for piece in sorted(_pieces(names), key=len, reverse=True):
        left = left.replace(piece, _NAME)
    return left != plain and len(parts(left)) < LEAST_LEFT


def _pieces(names: Iterable[str]) -> set[str]:
    pieces = set[str]()
    for name in map(folded, names):
        words = re.findall(r"\w+", name)
        pieces |= {name, "".join(words), *words}
    return {piece for piece in pieces if len(piece) >= _SHORTEST_NAME}
