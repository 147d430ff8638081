"""`quart-app translate` begins a language, and loses nothing of one that there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from quart_app.cli import main
from quart_app.web.catalogues import Languages
from tests.catalogues import LOCALES, read, written


def test_it_begins_a_language_with_all_texts_and_as_many_forms_as_it_counts_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["translate", "pl", str(tmp_path)]) == 0

    path = tmp_path / "pl" / "LC_MESSAGES" / "messages.po"
    assert capsys.readouterr().out == f"{path}\n"
    begun, ours = read(path), read(LOCALES / "en" / "LC_MESSAGES" / "messages.po")
    assert {str(message.id) for message in begun} == {str(message.id) for message in ours}
    assert begun.num_plurals == 3
    assert Languages.found(default="en", besides=tmp_path).all["pl"].say("Log in") == "Log in"


def test_once_more_it_adds_what_is_new_and_keeps_what_is_there(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "pl",
        'msgid ""\nmsgstr ""\n\nmsgid "Log in"\nmsgstr "Zaloguj"\n\n'
        'msgid "Our notes"\nmsgstr "Notatki"\n',
    )

    assert main(["translate", "pl", str(tmp_path)]) == 0

    polish = Languages.found(default="en", besides=tmp_path).all["pl"]
    assert (polish.say("Log in"), polish.say("Our notes")) == ("Zaloguj", "Notatki")
    assert "Log out" in read(path)
    assert [each.name for each in path.parent.iterdir()] == ["messages.po"]


@pytest.mark.parametrize(("code", "said"), [("xx", "no language 'xx'"), ("../pl", "no language")])
def test_what_is_no_language_is_one_line(
    code: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["translate", code, str(tmp_path)]) == 1

    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    assert main(["translate", "pl", str(tmp_path / "file")]) == 1

    assert "name another folder" in capsys.readouterr().err
