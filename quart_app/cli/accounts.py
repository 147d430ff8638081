"""`quart-app accounts …` and `quart-app events`: what can be asked. `office.py` does it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TextIO

import click

_SOURCES = ("quart-app", "django", "flask-security", "passlib", "htpasswd")
IN_JSON = click.option("--json", "in_json", is_flag=True, help="JSON, one object a line.")


@click.group()
def accounts() -> None:
    """Look after accounts; a running server need not be stopped.

    Exit status: 1 refused, 3 no such account or none at all, 4 the database or the processors are
    busy.
    """


def kept(does: Callable[..., int]) -> Callable[..., int]:
    """A command with the options that say where data is kept, all in its `place`."""

    @wraps(does)
    def command(
        *, target: str | None, data_dir: str | None, config_file: str | None, **asked: Any
    ) -> int:
        from quart_app.cli.intent import Asked

        place = Asked(target=target, data_dir=data_dir, config_file=config_file)
        return does(place=place, **asked)

    may_be_a_file = click.Path(dir_okay=False)
    for option in (
        click.option("--app", "target", metavar="MODULE:APP", help="An application of your own."),
        click.option(
            "--config", "config_file", metavar="FILE", type=may_be_a_file, help="Settings in TOML."
        ),
        click.option("--data-dir", metavar="DIR", help="Where data is kept."),
    ):
        command = option(command)
    return command


def _of_one(does: Callable[..., int]) -> Callable[..., int]:
    return click.argument("name")(kept(does))


@accounts.command()
@_of_one
@click.option("--mail", metavar="ADDRESS", help="Not confirmed yet.")
@click.option("--language", metavar="CODE")
@click.option("--admin", "is_admin", is_flag=True, help="An administrator's.")
@click.option("--without-password", is_flag=True, help="Nobody signs in to it until it has one.")
def add(*, without_password: bool, **asked: Any) -> int:
    """Make an account; its password is asked for, or read from standard input."""
    from quart_app.cli import office

    return office.add(password=None if without_password else _password(), **asked)


@accounts.command("list")
@kept
@IN_JSON
def list_(**asked: Any) -> int:
    """List all accounts by name."""
    from quart_app.cli import office

    return office.show_all(**asked)


@accounts.command()
@_of_one
@IN_JSON
def show(**asked: Any) -> int:
    """Show one account."""
    from quart_app.cli import office

    return office.show(**asked)


@accounts.command()
@_of_one
def password(**asked: Any) -> int:
    """Set a password, asked for or read from standard input; all its sessions end."""
    from quart_app.cli import office

    return office.set_password(password=_password(), **asked)


@accounts.command()
@_of_one
@click.option("--revoke", is_flag=True, help="Take the rights away.")
def admin(*, revoke: bool, **asked: Any) -> int:
    """Give an account an administrator's rights; all its sessions end."""
    from quart_app.cli import office

    return office.set_rights(is_admin=not revoke, **asked)


@accounts.command()
@_of_one
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
def delete(*, is_sure: bool, name: str, **asked: Any) -> int:
    """Delete an account for good; all its sessions end."""
    from quart_app.cli import office

    if not is_sure:
        click.confirm(f"Delete {name} for good?", abort=True, err=True)
    return office.change(what="delete", name=name, **asked)


def _simple(what: str, *, does: str) -> None:
    """A command that only needs to know which account."""

    def change(**asked: Any) -> int:
        from quart_app.cli import office

        return office.change(what=what, **asked)

    change.__doc__ = does
    accounts.command(what)(_of_one(change))


_simple("disable", does="Let nobody sign in to an account; all its sessions end.")
_simple("enable", does="Let its owner sign in again.")
_simple("unblock", does="Forget all guesses at an account's password.")


@accounts.command("import")
@kept
@click.option("--from", "source", type=click.Choice(_SOURCES), default="quart-app")
@click.argument("file", type=click.File(encoding="utf-8-sig", errors="surrogateescape"))
def import_(*, file: TextIO, source: str, **asked: Any) -> int:
    """Add accounts from a file of lines, or from standard input (-). What is refused is said, and
    keeps no other out."""
    from quart_app.cli import office

    return office.import_from(lines=file, source=source, **asked)


@accounts.command()
@kept
@click.option("--with-secrets", is_flag=True, help="With the hashes of passwords.")
def export(**asked: Any) -> int:
    """Print all accounts as lines of JSON that `import` takes."""
    from quart_app.cli import office

    return office.export(**asked)


@click.command()
@kept
@click.option(
    "--after",
    type=click.IntRange(0, 2**63 - 1),
    default=0,
    metavar="ID",
    help="Only those that came later.",
)
def events(**asked: Any) -> int:
    """Print what happened to accounts, as lines of JSON."""
    from quart_app.cli import office

    return office.events(**asked)


def _password() -> str:
    """Never an argument: those are seen by all users of the machine. Raises
    `ConfigurationError`."""
    if sys.stdin is None or not sys.stdin.isatty():
        from quart_app.errors import ConfigurationError

        try:
            line = sys.stdin.buffer.readline().decode() if sys.stdin else ""
        except UnicodeDecodeError:
            raise ConfigurationError("the password on standard input is not in UTF-8") from None
        if not line:
            raise ConfigurationError("no password came on standard input: send it there, in a line")
        return line.rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed


COMMANDS: Sequence[click.Command] = (accounts, events)
