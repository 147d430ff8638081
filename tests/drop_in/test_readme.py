"""What `tests/README.md` says is so."""

from __future__ import annotations

import pytest

from tests.drop_in.django_promises import DJANGO
from tests.drop_in.express_promises import EXPRESS
from tests.drop_in.promises import Promise
from tests.drop_in.readme import README, folders, folders_told_of, tables, there_is
from tests.readme import part

TEXT = README.read_text()


def test_every_folder_has_a_line() -> None:
    assert sorted(folders_told_of(TEXT)) == folders()


@pytest.mark.parametrize("name", tables())
def test_the_tables_are_those_of_the_code(name: str) -> None:
    assert part(TEXT, name) == tables()[name], "run python -m tests.drop_in.readme"


@pytest.mark.parametrize("promise", DJANGO + EXPRESS, ids=lambda promise: promise.theirs)
def test_a_promise_is_kept_by_tests_that_there_are_or_has_a_reason(promise: Promise) -> None:
    assert [test for test in promise.tests if not there_is(test)] == []
    if promise.verdict == "not kept":
        assert promise.words
    else:
        assert promise.tests


@pytest.mark.parametrize("promises", [DJANGO, EXPRESS])
def test_a_promise_stands_in_its_table_once(promises: tuple[Promise, ...]) -> None:
    names = [promise.theirs for promise in promises]

    assert sorted(set(names)) == sorted(names)


def test_a_test_that_there_is_not_is_noticed() -> None:
    assert not there_is("test_nothing_of_the_kind")
    assert not there_is("tests/test_readme.py::test_nothing_of_the_kind")
