"""The command `quart-app`: what can be asked, and how a command ends.

Commands are imported when they are asked for, so that `--help` need not load the application.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import get_completion_class

from quart_app.cli.accounts import COMMANDS
from quart_app.cli.output import CutShort, complain, put, say, take_any_letter
from quart_app.cli.sessions import sessions

PROGRAM = "quart-app"
INTERRUPTED = 130  # what shells say of a command that Ctrl-C ended
_COMPLETE = "_QUART_APP_COMPLETE"
_SETTINGS = (
    "Settings come from the options, then QUART_… environment variables, such as QUART_BIND or "
    "QUART_SESSION_COOKIE_SECURE=true, then the file that --config names."
)
_FILE = "Settings in TOML, such as session_type = 'redis'."
_BIND = "Where to listen (127.0.0.1:8000), also unix:PATH; may be repeated."
_OPEN = "Listen where other machines reach it, though anybody can sign in under any name."
_ERRORS = "errors"
_EXAMPLES = ("caddy", "container", _ERRORS, "grafana", "nginx", "systemd")
_SUPERVISED = "A supervisor for a single worker too, so that SIGHUP brings in new code."

F = TypeVar("F", bound=Callable[..., Any])


def _version(context: click.Context, _parameter: click.Parameter, value: object) -> None:
    if value and not context.resilient_parsing:
        from quart_app import __version__

        say(f"{PROGRAM} {__version__}")
        context.exit()


@click.group(PROGRAM, help="Browser login for Quart, with server-side sessions.", epilog=_SETTINGS)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def command() -> None: ...


def _served(does: F) -> F:
    """What `serve` is told, and so all that looks at it beforehand."""
    may_be_a_file = click.Path(dir_okay=False)
    for option in (
        click.argument("target", required=False, metavar="[MODULE:APP]"),
        click.option("--data-dir", metavar="DIR", help="Where sessions and secrets are kept."),
        click.option("--config", "config_file", metavar="FILE", type=may_be_a_file, help=_FILE),
        click.option("--supervised", "is_supervised", is_flag=True, help=_SUPERVISED),
        click.option("--workers", metavar="N", type=int, help="How many processes share the work."),
        click.option("--open", "is_open", is_flag=True, help=_OPEN),
        click.option("--bind", metavar="HOST:PORT", multiple=True, help=_BIND),
    ):
        does = option(does)
    return does


@command.command(epilog=_SETTINGS)
@_served
@click.option("--reload", "reloads", is_flag=True, help="Start again when a file of code changes.")
def serve(*, reloads: bool, **asked: Any) -> int:
    """Serve the login pages, or an application of your own, until Ctrl-C or SIGTERM."""
    from quart_app.cli.intent import Asked

    if reloads:
        from quart_app.cli.reloading import serve_again_and_again

        return serve_again_and_again()
    from quart_app.cli.serve import serve

    return serve(Asked(**asked))


@command.command(epilog=_SETTINGS)
@_served
@click.option("--strict", "is_strict", is_flag=True, help="Fail if anything is unwise.")
@click.option("--json", "in_json", is_flag=True, help="One JSON object.")
def check(*, is_strict: bool, in_json: bool, **asked: Any) -> int:
    """Say what is configured, what is unwise, and whether it could serve."""
    from quart_app.cli.check import check
    from quart_app.cli.intent import Asked, Intent

    return check(Intent.of(Asked(**asked)), is_strict=is_strict, in_json=in_json)


@command.command(epilog=_SETTINGS)
@_served
@click.option("--json", "in_json", is_flag=True, help="One JSON object.")
def settings(*, in_json: bool, **asked: Any) -> int:
    """List every setting with the value in force and where that comes from."""
    from quart_app.cli.in_force import show
    from quart_app.cli.intent import Asked, Intent

    return show(Intent.of(Asked(**asked)), in_json=in_json)


@command.command(epilog=_SETTINGS)
@click.argument("name", type=click.Choice(_EXAMPLES))
@_served
@click.option("--to", "folder", metavar="DIR", help="Where error pages are written.")
def example(*, name: str, folder: str | None, **asked: Any) -> int:
    """Print a file for what stands around the server, with the settings in force filled in; or
    write error pages for a proxy."""
    from quart_app.cli.intent import Asked, Intent

    if (name == _ERRORS) != (folder is not None):
        raise click.UsageError("--to DIR goes with errors, and errors with --to DIR")
    intent = Intent.of(Asked(**asked))
    if folder is not None:
        from quart_app.cli.outage_pages import write

        return write(Path(folder), intent)
    from quart_app.cli.example import show

    return show(name, intent)


@command.command()
@click.argument("code")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def translate(code: str, folder: Path) -> int:
    """Write the texts of a language into DIR, to be translated, which LOCALE_DIR then names;
    those that are translated stay."""
    from quart_app.web.translating import write_catalogue

    say(str(write_catalogue(code, folder)))
    return 0


@command.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> int:
    """Print what a shell needs to complete this command; for bash: eval "$(quart-app completion
    bash)"."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - one of the choices
    put(*kind(command, {}, PROGRAM, _COMPLETE).source().splitlines())
    return 0


for _each in (*COMMANDS, sessions):
    command.add_command(_each)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. Returns its exit status."""
    take_any_letter()
    try:
        return _run(argv)
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED


def _run(argv: Sequence[str] | None) -> int:
    try:
        return int(command.main(argv, PROGRAM, complete_var=_COMPLETE, standalone_mode=False) or 0)
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except CutShort as exc:
        if reason := str(exc):
            complain(f"what was asked for is not whole: {reason}")
        return 1
    except Exception as exc:
        from quart_app.errors import ConfigurationError

        if not isinstance(exc, ConfigurationError):
            raise
        complain(str(exc))
        return int(getattr(exc, "exit_status", 1))
