"""Which passwords are taken, and the reason why one is not."""

from __future__ import annotations

import sys
import unicodedata
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_app.accounts.passwords import rules
from quart_app.accounts.passwords.lists import common_passwords, folded, listed_in
from quart_app.accounts.passwords.rules import (
    LONGEST,
    SHORTEST_ALONE,
    PasswordProblem,
    PasswordRules,
)
from quart_app.errors import ConfigurationError, PasswordRefused

RULES = PasswordRules(
    site_names=("notes.example.org",),
    blocklist=frozenset({folded("Operators Own Word")}),
    common=common_passwords() | {"everybody had this one"},
)
ADA = ("Ada Lovelace", "ada.lovelace@example.net")
REFUSED = {
    "of fourteen": ("kX8#mPq2vL9$wR", PasswordProblem.TOO_SHORT),
    "of too many": ("kX8#" * 65, PasswordProblem.TOO_LONG),
    "on the operator's list": ("OPERATORS own word", PasswordProblem.LISTED),
    "common": ("Everybody Had This One", PasswordProblem.COMMON),
    "one letter": ("aaaaaaaaaaaaaaaaa", PasswordProblem.REPEATED),
    "a block": ("ab1ab1ab1ab1ab1", PasswordProblem.REPEATED),
    "a block and a piece of it": ("secur!tsecur!tse", PasswordProblem.REPEATED),
    "a walk": ("qwertyuiopasdfgh", PasswordProblem.WALK),
    "a walk down": ("2wsx3edc4rfv5tgb", PasswordProblem.WALK),
    "a walk back": ("poiuytrewqlkjhgfd", PasswordProblem.WALK),
    "a French walk": ("azertyuiopqsdfghjklm", PasswordProblem.WALK),
    "a German walk": ("qwertzuiopasdfghjkl", PasswordProblem.WALK),
    "a walk with a little more": ("qwertyuiopasdfgh1!x", PasswordProblem.WALK),
    "a sequence": ("abcdefghijklmnop", PasswordProblem.SEQUENCE),
    "a sequence back": ("zyxwvutsrqponmlk", PasswordProblem.SEQUENCE),
    "a word doubled": ("passwordpassword", PasswordProblem.WORD),
    "a word and a year twice": ("iloveyou20262026", PasswordProblem.WORD),
    "a word three times and a mark": ("dragondragondragon!", PasswordProblem.WORD),
    "a word with a year before it": ("2026sunshine2026", PasswordProblem.WORD),
    "a word with figures for letters": ("p4$$w0rdp4$$w0rd", PasswordProblem.WORD),
    "a French word doubled": ("motdepassemotdepasse", PasswordProblem.WORD),
    "the account's name": ("AdaLovelace2026", PasswordProblem.NAMES),
    "the account's name in pieces": ("lovelace-ada-lovelace", PasswordProblem.NAMES),
    "the address of mail": ("ada.lovelace@example.net", PasswordProblem.NAMES),
    "the site's name": ("notes.example.org123", PasswordProblem.NAMES),
    "both": ("ada@notes.example", PasswordProblem.NAMES),
}
TAKEN = (
    "correct horse battery staple",
    "kX8#mPq2vL9$wRz",
    "the quick brown fox in 1999",
    "le soleil de juin se couche tard",
    "Ada likes difference engines",
    "🙂🙃🐎🔋🖇️🚲🌵🪐🎹🧵🐙🍋🗝️🥁🌋🧭",
    "пятнадцать букв и ещё",
    "               x7#kQ2vL",
    "a" * 7 + "kX8#mPq2vL9$wRz" * 8,
)


@pytest.mark.parametrize("what", REFUSED)
def test_a_password_that_is_guessed_first_is_refused_and_the_reason_said(what: str) -> None:
    password, problem = REFUSED[what]

    with pytest.raises(PasswordRefused) as refused:
        RULES.verify(password, names=ADA)

    assert refused.value.problem is problem


def test_one_that_is_far_too_long_is_refused_before_it_is_put_in_one_spelling(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "unicodedata", None)

    with pytest.raises(PasswordRefused) as refused:
        RULES.verify("a" + "\u0301\u0316" * 15_000, names=ADA)

    assert refused.value.problem is PasswordProblem.TOO_LONG


@pytest.mark.parametrize("password", TAKEN)
def test_long_passwords_of_all_kinds_are_taken(password: str) -> None:
    RULES.verify(password, names=ADA)


def test_there_are_no_rules_of_composition() -> None:
    RULES.verify("onlysmalllettershere", names=())
    RULES.verify("839204715628340", names=())


def test_eight_characters_do_beside_another_factor() -> None:
    RULES.verify("kX8#mPq2", names=ADA, is_alone=False)

    for password in ("kX8#mPq", "password", "sunshine"):
        with pytest.raises(PasswordRefused):
            RULES.verify(password, names=ADA, is_alone=False)


def test_characters_are_counted_not_bytes_and_accents_not_twice() -> None:
    with pytest.raises(PasswordRefused) as refused:
        RULES.verify("e\u0301" * 8, names=ADA)
    RULES.verify("🙂🙃🐎🔋🚲🌵🪐🎹🧵🐙🍋🥁🌋🧭🗝", names=ADA)

    assert refused.value.problem is PasswordProblem.TOO_SHORT


@given(st.text(max_size=LONGEST + 50), st.lists(st.text(max_size=20), max_size=3))
def test_every_password_is_taken_or_refused(password: str, names: list[str]) -> None:
    with suppress(PasswordRefused):
        RULES.verify(password, names=names)

        assert SHORTEST_ALONE <= len(unicodedata.normalize("NFC", password)) <= LONGEST


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=24, max_size=24))
def test_little_of_what_is_random_is_refused(password: str) -> None:
    pieces = {password[at : at + 3] for at in range(22)}
    if len(set(password)) < 12 or any(piece.isdigit() for piece in pieces):
        return

    RULES.verify(password, names=())


def test_the_operators_list_is_a_file_with_one_a_line(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes("Opensesame\r\n\nDÉJÀ vu\n\xff".encode())

    assert {"opensesame", "déjà vu"} <= listed_in(file)
    assert "" not in listed_in(file)


def test_a_list_that_is_not_there_ends_the_start_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="PASSWORD_BLOCKLIST"):
        listed_in(tmp_path / "none.txt")


def test_with_its_extra_there_are_many_common_passwords_and_without_it_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = common_passwords()
    monkeypatch.setitem(sys.modules, "zxcvbn.frequency_lists", None)
    some = common_passwords()

    assert len(many) > 29_000
    assert {"password", "motdepasse"} < some < many
