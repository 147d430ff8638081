"""The command `quart-app`: what can be asked, and how a command ends.

Commands are imported when they are asked for, so that `--help` need not load the application.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from quart_app.cli.output import complain, say, take_any_letter

INTERRUPTED = 130  # what shells say of a command that Ctrl-C ended

_HELP = "Browser login for Quart, with server-side sessions."
_SETTINGS = (
    "Settings come from QUART_… environment variables, such as QUART_BIND or "
    "QUART_SESSION_COOKIE_SECURE=true; options win over them."
)


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        from quart_app.cli.versions import own_version

        say(f"quart-app {own_version()}")
        parser.exit()


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--bind",
        metavar="HOST:PORT",
        action="append",
        help="where to listen (default: 127.0.0.1:8000), also unix:PATH; may be repeated",
    )
    options.add_argument(
        "--open",
        action="store_true",
        help="listen where other machines can reach it, though anybody can sign in under any name",
    )
    options.add_argument(
        "--workers", metavar="N", type=int, help="how many processes share the address (default: 1)"
    )
    options.add_argument(
        "--supervised",
        action="store_true",
        help="a supervisor for a single worker too, so that SIGHUP brings in new code",
    )
    options.add_argument(
        "--data-dir",
        metavar="DIR",
        help="where sessions and the secret key are kept (default: the instance folder)",
    )
    options.add_argument(
        "-v",
        "--verbose",
        action="count",
        default=0,
        help="log more; twice: what libraries say, too",
    )
    return options


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    top = argparse.ArgumentParser(prog="quart-app", description=_HELP, epilog=_SETTINGS)
    top.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    options = _options()
    for name, does in (
        ("serve", "serve the login pages until Ctrl-C or SIGTERM"),
        ("check", "say what is configured, what is unwise, and whether it could serve"),
    ):
        commands.add_parser(
            name,
            parents=[options],
            help=does,
            description=f"{does[0].upper()}{does[1:]}.",
            epilog=_SETTINGS,
        )
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. Returns its exit status."""
    take_any_letter()
    asked = parser().parse_args(argv)
    try:
        return _run(asked)
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(asked: argparse.Namespace) -> int:
    from quart_app.cli.intent import Intent, NeedsOpen
    from quart_app.errors import ConfigurationError

    try:
        if asked.command == "serve":
            from quart_app.cli.serve import serve

            return serve(asked)
        from quart_app.cli.check import check

        return check(Intent.of(asked))
    except ConfigurationError as exc:
        complain(str(exc))
        # As for any other wrong use of an option.
        return 2 if isinstance(exc, NeedsOpen) else 1
