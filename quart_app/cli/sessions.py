"""`quart-app sessions …`: what can be asked. `visits.py` does it."""

from __future__ import annotations

from typing import Any

import click

from quart_app.cli.accounts import IN_JSON, kept


@click.group()
def sessions() -> None:
    """Look after sessions; a running server need not be stopped.

    Exit status: 1 refused, 3 no such account or session, 4 the store or the database is busy.
    """


@sessions.command("list")
@click.argument("name")
@kept
@IN_JSON
def list_(**asked: Any) -> int:
    """List the sessions of one who signs in under this name."""
    from quart_app.cli import visits

    return visits.show_all(**asked)


@sessions.command()
@click.argument("name")
@click.option("--key", metavar="KEY", help="Only the session that `list` shows under this key.")
@kept
def end(**asked: Any) -> int:
    """End all sessions of one who signs in under this name, or one of them."""
    from quart_app.cli import visits

    return visits.end(**asked)


@sessions.command()
@kept
def sweep(**asked: Any) -> int:
    """Remove all sessions that have expired, which a running server does little by little."""
    from quart_app.cli import visits

    return visits.sweep(**asked)
