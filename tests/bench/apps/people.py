"""Who may sign in: the same people, with the same password, in every application."""

from __future__ import annotations

PEOPLE = 2_000
RIGHT, WRONG = "correct horse battery staple", "incorrect horse battery staple"


def name_of(number: int) -> str:
    """What this one is called."""
    return f"ada {number}"


def mail_of(number: int) -> str:
    """For applications that know people by an address."""
    return f"ada{number}@example.org"
