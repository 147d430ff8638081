"""Says which names look like each other. Knows letters; the rules of names are in `names.py`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

# Python knows no scripts, but the name of a letter begins with its script's.
_OF_NO_SCRIPT = frozenset({"COMBINING", "DIGIT", "MODIFIER"})
# Scripts that one language writes side by side.
_TOGETHER = (
    frozenset({"LATIN", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
    frozenset({"LATIN", "CJK", "IDEOGRAPHIC", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "IDEOGRAPHIC", "HANGUL"}),
)


def _pairs(like: str, latin: str) -> Iterator[tuple[str, str]]:
    yield from zip(like, latin, strict=True)


# Capitals of their own: В looks like B, в does not look like b. Names are shown as they were typed.
_LIKE_LATIN = dict(
    [
        *_pairs("АВЕЗКМНОРСТУХЅІЈҺԁԚԜ", "abe3kmhopctyxsljhdqw"),  # Cyrillic
        *_pairs("авезкмнорстухѕіјһԛԝбь", "abe3kmhopctyxsijhqw6b"),
        *_pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhlkmnoptyx"),  # Greek
        *_pairs("αβγηικνορστυχϳ", "abynikvopotuxj"),
        *_pairs("ՏՕՍԼՅՈ", "souljn"),  # Armenian
        *_pairs("օոսհցզյլքռ", "onuhgqjlpn"),
        *_pairs("ᎪᎬᎳᎷᎠᎡᎢᎻᏟᏚᏢᏞᏦᎫᏴᏙᏀᏃ", "aewmdrthcsplkjbvgz"),  # Cherokee
        *_pairs("ıȷɑɡɩʟʀ", "ijagilr"),  # Latin that is no ASCII
        *_pairs("I1|0", "lllo"),
    ]
)
_LIKE_ONE_LETTER = (("rn", "m"), ("vv", "w"))
_DOT_ABOVE = "\u0307"


def mixes_scripts(text: str) -> bool:
    """Whether letters of scripts stand side by side that no language writes so."""
    scripts = set(map(_script_of, text)) - {None}
    return len(scripts) > 1 and not any(scripts <= usual for usual in _TOGETHER)


def skeleton_of(text: str) -> str:
    """The same for all names that look alike; of no use but to be compared."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(_LIKE_LATIN.get(each, each) for each in text).casefold()
    text = unicodedata.normalize("NFKC", "".join(map(_like, text)))
    text = text.replace(f"i{_DOT_ABOVE}", "i")
    for letters, letter in _LIKE_ONE_LETTER:
        text = text.replace(letters, letter)
    return text


def _like(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    plain = character if digit is None else str(digit)
    return _LIKE_LATIN.get(plain, plain)


def _script_of(character: str) -> str | None:
    if unicodedata.category(character)[0] not in "LM":
        return None
    script = unicodedata.name(character, "UNNAMED").partition(" ")[0]
    return None if script in _OF_NO_SCRIPT else script
