"""Our own hashes: argon2id, the whole password, whoever's keyboard typed it."""

from __future__ import annotations

import time

import pytest
from argon2 import PasswordHasher

from quart_app.accounts.passwords.own import Argon2

CHEAP = Argon2(memory_kib=256)


def test_the_parameters_are_those_that_owasp_advises() -> None:
    stored = Argon2().hash("correct horse battery")

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert Argon2().is_current(stored)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a" * 200, "a" * 199 + "b"),
        ("a" * 72 + "b", "a" * 72 + "c"),
        ("opensesame", "opensesame "),
        ("opensesame", "Opensesame"),
        ("open\0sesame", "open\0"),
        ("ﬁ", "fi"),
    ],
)
def test_the_whole_password_counts(first: str, second: str) -> None:
    stored = CHEAP.hash(first)

    assert CHEAP.matches(stored, first)
    assert not CHEAP.matches(stored, second)


def test_a_letter_with_its_accent_is_one_however_it_is_typed() -> None:
    assert CHEAP.matches(CHEAP.hash("d\u00e9j\u00e0 vu"), "de\u0301ja\u0300 vu")


@pytest.mark.parametrize("password", ["🙂" * 64, "a" * 128, "\ud800 half a pair", "пароль"])
def test_every_character_is_taken(password: str) -> None:
    assert CHEAP.matches(CHEAP.hash(password), password)


def test_a_hash_of_other_parameters_is_checked_and_is_not_current() -> None:
    stored = Argon2(memory_kib=128).hash("opensesame")

    assert CHEAP.matches(stored, "opensesame")
    assert not CHEAP.is_current(stored)


def test_a_hash_of_another_length_is_not_current() -> None:
    stored = PasswordHasher(2, 256, 1, hash_len=16).hash("opensesame")

    assert CHEAP.matches(stored, "opensesame")
    assert not CHEAP.is_current(stored)


@pytest.mark.parametrize("damaged", ["", "$argon2id$", "$argon2id$v=19$m=64,t=2,p=1$c2FsdA$", "x"])
def test_a_damaged_hash_is_nobodys(damaged: str) -> None:
    assert not CHEAP.matches(damaged, "opensesame")
    assert not CHEAP.is_current(damaged)


def test_the_hash_of_no_password_takes_none_and_costs_what_others_do() -> None:
    argon2 = Argon2()
    stored = argon2.hash("opensesame")

    assert not argon2.matches(argon2.nobodys, "opensesame")
    assert argon2.is_current(argon2.nobodys)
    assert len(argon2.nobodys) == len(stored)
    # A check that gave up early would take microseconds.
    assert _seconds(argon2, argon2.nobodys) > _seconds(argon2, stored) / 4


def _seconds(argon2: Argon2, stored: str) -> float:
    def once() -> float:
        began = time.thread_time()
        argon2.matches(stored, "wrong")
        return time.thread_time() - began

    return min(once() for _ in range(3))
