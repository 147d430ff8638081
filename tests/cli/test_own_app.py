"""`quart-app serve module:app` serves an application of one's own, and says what is wrong with the
name."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import httpx
import pytest

from tests.accounts.people import RIGHT
from tests.cli.conftest import Command, input_of
from tests.cli.programs.login import with_accounts
from tests.cli.test_sessions import is_signed_in, signed_in
from tests.kit.processes import ROOT, Program

OWN = "tests.cli.programs.own"
BIND = ("--bind", "127.0.0.1:0")


@pytest.mark.parametrize("target", [f"{OWN}:app", f"{OWN}:make()", OWN])
def test_it_is_served(target: str) -> None:
    with Program.running("quart_app", "serve", target, *BIND) as program:
        page = httpx.get(f"{program.url}/", headers={"Host": "any.example"})

    assert page.text == "somebody's own"
    assert "sessions are kept in memory" in program.out
    assert "answers to" not in program.out, "which hosts it answers to is its own business"


def test_it_is_found_in_the_folder_where_the_command_runs(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(f"from {OWN} import app")

    with Program.running("quart_app", "serve", "mine:app", *BIND, cwd=tmp_path) as program:
        page = httpx.get(program.url)

    assert page.text == "somebody's own"


def test_other_machines_may_reach_it(command: Command) -> None:
    ended = command("check", f"{OWN}:app", "--bind", "0.0.0.0:0")

    assert ended.status == 0
    assert "under any name" not in ended.out
    assert "SESSION_IDLE_LIFETIME" not in ended.err


@pytest.mark.parametrize(("target", "status"), [("believing()", 2), ("checking()", 0)])
def test_a_login_that_believes_any_name_stays_on_this_machine(
    target: str, status: int, command: Command
) -> None:
    open_to_all = ("check", f"tests.cli.programs.login:{target}", "--bind", "0.0.0.0:0")

    ended = command(*open_to_all)

    assert ended.status == status
    assert ("add --open" in ended.err) == bool(status)
    assert command(*open_to_all, "--open").status == 0


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("with_drawer()", "sessions in a drawer"),
        ("with_locked_drawer()", "sessions in a store of the application's own"),
        ("with_quarts_sessions()", "sessions in a signed cookie in each browser"),
    ],
)
def test_check_says_where_sessions_really_are(target: str, kept: str, command: Command) -> None:
    assert f"  {kept}\n" in command("check", f"{OWN}:{target}", *BIND).out


def test_a_store_of_ones_own_names_its_cure(command: Command) -> None:
    ended = command("check", f"{OWN}:with_locked_drawer()", *BIND)

    assert ended.status == 1
    assert ended.err == "quart-app: the drawer is locked: find its key\n"


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("no_such_module:app", "there is no module no_such_module: say it as module:app"),
        ("tests.no_such:app", "there is no module tests.no_such: say it as module:app"),
        (f"{OWN}:nothing", f"{OWN} has no nothing: say it as module:app"),
        (f"{OWN}:app.config.nothing", f"{OWN} has no app.config.nothing: say it as module:app"),
        (f"{OWN}:__name__", f"{OWN}:__name__ is no ASGI application: name one"),
    ],
)
def test_a_wrong_name_is_one_line(target: str, complaint: str, command: Command) -> None:
    ended = command("serve", target, *BIND)

    assert ended.status == 1
    assert ended.err == f"quart-app: {complaint}\n"


def test_what_is_missing_in_it_is_not_taken_for_a_wrong_name(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wants_more.py").write_text("import no_such_library")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        command("serve", "wants_more:app", *BIND)


def test_its_sessions_in_memory_are_served_by_one_worker() -> None:
    with Program.running("quart_app", "serve", f"{OWN}:app", *BIND, "--workers", "2") as program:
        status = program.ended()

    assert (status, program.out) == (1, "")
    assert program.err == (
        "quart-app: SESSION_TYPE is memory, which workers do not share: set it to filesystem, or "
        "WORKERS to 1\n"
    )


def test_what_one_without_our_extensions_means_by_our_names_is_its_own() -> None:
    asked = ("quart_app", "serve", f"{OWN}:with_other_sessions()", *BIND)
    with Program.running(*asked, environment={"QUART_SESSION_TYPE": "redis"}) as program:
        assert program.port
        program.says("without effect")


def test_settings_that_it_does_not_have_are_named_at_the_start_and_by_check(
    command: Command, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secure = {"QUART_SESSION_COOKIE_SECURE": "yes", "QUART_SHUTDOWN_TIMEOUT": "1"}
    missed = f"without effect on {OWN}:app: QUART_SESSION_COOKIE_SECURE;"
    with Program.running("quart_app", "serve", f"{OWN}:app", *BIND, environment=secure) as program:
        assert program.port
        program.says(missed)
    environment.setenv("QUART_SESSION_COOKIE_SECURE", "yes")
    environment.setenv("QUART_DATA_DIR", str(tmp_path / "data"))

    checked, taken = (
        command("check", f"{OWN}:{target}", *BIND).out
        for target in ("app", "with_the_environment()")
    )

    assert f"  without effect on {OWN}:app: --data-dir, QUART_SESSION_COOKIE_SECURE;" in checked
    assert "without effect" not in taken


@pytest.mark.parametrize(
    ("target", "peer"), [("app", "127.0.0.1"), ("with_the_environment()", "203.0.113.9")]
)
def test_the_access_log_believes_the_proxies_that_it_believes(
    target: str, peer: str, tmp_path: Path
) -> None:
    behind = {
        "QUART_TRUSTED_PROXIES": "127.0.0.1",
        "QUART_ACCESS_LOG": "text",
        "QUART_DATA_DIR": str(tmp_path),
    }
    words = ("quart_app", "serve", f"{OWN}:{target}", *BIND)
    with Program.running(*words, environment=behind) as program:
        httpx.get(program.url, headers={"X-Forwarded-For": "203.0.113.9"})
        program.complains(f"peer={peer}")


def test_a_key_that_is_made_or_not_needed_is_not_short(
    command: Command, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("QUART_DATA_DIR", str(tmp_path / "data"))

    assert "SECRET_KEY" not in command("check", f"{OWN}:with_the_environment()", *BIND).out


def test_its_own_settings_are_those_in_force_but_for_the_servers(
    command: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("QUART_SESSION_COOKIE_SECURE", "true")
    environment.setenv("QUART_WORKERS", "2")

    its_own, taken = (
        json.loads(command("settings", f"{OWN}:{target}", "--json").out)
        for target in ("app", "with_the_environment()")
    )

    assert its_own["SESSION_COOKIE_SECURE"] == {"value": "False", "from": "default"}
    assert its_own["TRUSTED_HOSTS"] == {"value": "-", "from": "default"}
    assert its_own["WORKERS"] == {"value": "2", "from": "QUART_WORKERS"}
    secure = {"value": "True", "from": "QUART_SESSION_COOKIE_SECURE"}
    assert taken["SESSION_COOKIE_SECURE"] == secure


def test_its_accounts_and_sessions_are_where_it_keeps_them(
    command: Command, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("OWN_DATA_DIR", str(tmp_path / "its own"))
    environment.setenv("QUART_DATABASE_URL", "sqlite:////nowhere/of/others")
    environment.setattr(sys, "stdin", input_of(RIGHT.encode()))
    named = ("--app", "tests.cli.programs.login:with_accounts()")

    added = command("accounts", "add", "Ada", *named)
    [cookies] = signed_in(with_accounts(), "curl/8", name="Ada", password=RIGHT)
    listed = command("sessions", "list", "Ada", *named)
    command("accounts", "disable", "Ada", *named)

    assert added.out == f"Ada is added, in {tmp_path / 'its own' / 'accounts.sqlite3'}\n"
    assert "curl" in listed.out
    assert not is_signed_in(with_accounts(), cookies)


def test_it_says_itself_where_its_data_is(command: Command) -> None:
    ended = command("accounts", "list", "--app", f"{OWN}:app", "--data-dir", "elsewhere")

    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert f"{OWN}:app says itself where its data is" in ended.err


def test_changed_code_is_served(tmp_path: Path) -> None:
    code = tmp_path / "mine.py"
    app = f"from {OWN} import app\napp.config['A'] = 1\n"
    code.write_text(app + "print('the first', flush=True)")

    words = ("quart_app", "serve", "mine:app", *BIND, "--reload")
    with Program.running(*words, cwd=tmp_path, environment={"PYTHONPATH": str(ROOT)}) as program:
        program.says("Ctrl-C stops it")
        code.write_text(app + "print('the second', flush=True)")
        program.says("the second")
        program.says("Ctrl-C stops it", times=2)
        status, _ = program.stopped()

    assert status == 0
    assert "code has changed" in program.err


@pytest.mark.parametrize("name", ["data.txt", ".venv/a.py", "__pycache__/a.py", "instance/a.py"])
def test_what_is_no_code_changes_nothing(name: str, tmp_path: Path) -> None:
    from quart_app.cli.reloading import _is_code, _times

    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    (tmp_path / "a.py").touch()

    assert [*_times(tmp_path)] == [str(tmp_path / "a.py")]
    assert not _is_code(Path(name))
    assert _is_code(Path("a.py"))
