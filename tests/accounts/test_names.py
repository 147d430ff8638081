"""One name has one spelling, and no two names look alike."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quart_app.accounts.names import (
    LONGEST_NAME,
    NameProblem,
    canonical_of,
    mail_from,
    name_from,
)
from quart_app.errors import NameRefused

SAME = {
    "case": ("ada", "ADA"),
    "sharp s": ("straße", "STRASSE"),
    "width": ("ada", "ａｄａ"),
    "composed": ("jose\u0301", "jos\u00e9"),
    "ligature": ("ﬁona", "fiona"),
    "joiner": ("a\u200dd\u200ca", "ada"),
    "soft hyphen": ("a\u00adda", "ada"),
    "direction": ("\u202eada", "ada"),
    "variation": ("ada\ufe0f", "ada"),
    "spaces": (" ada \u00a0 lovelace ", "ada lovelace"),
    "digits": ("ada\u0663", "ada3"),
    "apostrophe": ("o\u2019neill", "o'neill"),
    "dash": ("anne\u2011marie", "anne-marie"),
    "mathematical": ("𝐚𝐝𝐚", "ada"),
}
ALIKE = {
    "Cyrillic": ("pay", "рау"),
    "capital i": ("paypal", "paypaI"),
    "one": ("paypal", "paypa1"),
    "zero": ("bob", "b0b"),
    "r and n": ("modern", "modem"),
    "two v": ("wow", "vvow"),
    "dotless": ("ilse", "\u0131lse"),
    "Greek": ("KAI", "ΚΑΙ"),
    "Cyrillic capitals": ("BOB", "ВОВ"),
    "Armenian": ("oo", "օօ"),
    "dot": ("i\u0307lse", "ilse"),
}
REFUSED = {
    "nothing": ("", NameProblem.EMPTY),
    "blank": (" \u200b\u3164", NameProblem.EMPTY),
    "only marks": ("--", NameProblem.CHARACTER),
    "control": ("a\x00da", NameProblem.CHARACTER),
    "emoji": ("ada 🙂", NameProblem.CHARACTER),
    "slash": ("ada/../bob", NameProblem.CHARACTER),
    "private": ("ada\ue000", NameProblem.CHARACTER),
    "unassigned": ("ada\U000323b0", NameProblem.CHARACTER),
    "half a pair": ("ada\ud800", NameProblem.CHARACTER),
    "mark first": ("\u0301ada", NameProblem.CHARACTER),
    "long": ("a" * (LONGEST_NAME + 1), NameProblem.TOO_LONG),
    "long once it is one spelling": ("ß" * LONGEST_NAME, NameProblem.TOO_LONG),
    "long as it is shown": ("\ufb2c" * 30 + "\u3131\u314f" * 10, NameProblem.TOO_LONG),
    "mixed": ("pаypal", NameProblem.MIXED_SCRIPTS),
}


@pytest.mark.parametrize("how", SAME)
def test_a_name_is_found_however_it_is_typed(how: str) -> None:
    first, second = map(name_from, SAME[how])

    assert first.canonical == second.canonical


@pytest.mark.parametrize("how", ALIKE)
def test_names_that_look_alike_have_one_skeleton(how: str) -> None:
    first, second = ALIKE[how]

    assert name_from(first).skeleton == name_from(second).skeleton


@pytest.mark.parametrize(
    "pair", [("ali", "all"), ("jose", "josé"), ("mia", "nia"), ("ada", "adam")]
)
def test_names_of_different_people_do_not(pair: tuple[str, str]) -> None:
    first, second = pair

    assert name_from(first).skeleton != name_from(second).skeleton


@pytest.mark.parametrize("what", REFUSED)
def test_a_name_that_could_deceive_is_refused_and_the_reason_said(what: str) -> None:
    typed, problem = REFUSED[what]

    with pytest.raises(NameRefused) as refused:
        name_from(typed)

    assert refused.value.problem is problem


@pytest.mark.parametrize(
    "typed",
    [
        "Ada",
        "ада",
        "Ελένη",
        "山田太郎",
        "ヤマダ太郎",
        "김철수",
        "محمد",
        "ada@example.org",
        "Anne-Marie O'Neill",
    ],
)
def test_names_of_many_languages_are_taken(typed: str) -> None:
    assert name_from(typed).shown == typed


def test_what_is_shown_has_nothing_invisible() -> None:
    assert name_from(" A\u202edA\u200b ").shown == "AdA"


@given(st.text(max_size=LONGEST_NAME))
@example("\u1e9e\u0345")
@example("ǰ\u0345")
def test_a_spelling_once_found_stays(typed: str) -> None:
    once = canonical_of(typed)

    assert canonical_of(once) == once[:LONGEST_NAME] or len(once) > LONGEST_NAME


@given(st.text(max_size=40))
def test_a_name_that_is_taken_is_found_by_all_its_forms(typed: str) -> None:
    try:
        name = name_from(typed)
    except NameRefused:
        return

    assert canonical_of(typed) == canonical_of(name.shown) == name.canonical
    assert name_from(name.shown).skeleton == name.skeleton
    assert not any(
        unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co", "Cn") for each in name.shown
    )


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "@example.org",
        "a@b@example.org",
        "a b@example.org",
        "ada@localhost",
        "a\n@b.c",
        "\ud800@b.c",
    ],
)
def test_an_address_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(NameRefused) as refused:
        mail_from(typed)

    assert refused.value.problem is NameProblem.MAIL


def test_an_address_is_one_in_small_letters() -> None:
    assert mail_from(" Ada@Example.ORG ") == "ada@example.org"
