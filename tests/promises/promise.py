"""What is promised to whoever signs in: the list, in words. Judges nothing."""

from __future__ import annotations

from enum import Enum


class Promise(Enum):
    """A promise's short name, and what it means to the one who relies on it."""

    SIGNED_OUT = (
        "signed out stays signed out",
        "After a sign-out was answered, no cookie of that session shows the user again, whatever"
        " was in flight.",
    )
    NO_UPDATE_LOST = (
        "no update is lost",
        "What was answered with success is there as long as the session is, whoever else changed"
        " another field meanwhile; and nobody is signed out for no reason.",
    )
    NESTED = (
        "changes deep inside are seen",
        'After session["list"].append(...) the list is longer.',
    )
    PRIVATE = (
        "nobody sees another's data",
        "A session shows only what was stored through it.",
    )
    TAKEOVER = (
        "nobody takes over another's data",
        "Who signs in where somebody else was signed in finds nothing of theirs.",
    )
    NEW_TOKEN = (
        "sign-in changes the token",
        "Signing in gives a new token and the old one is dead; so is the one before regenerate().",
    )
    SIGNED_IN = (
        "who signs in is signed in",
        "An answer to a sign-in gives a token, whatever came of the one that it was sent with, for"
        " a session that has nothing from a dead token.",
    )
    NOT_ADOPTED = (
        "invented tokens are not adopted",
        "A token that the server did not make never becomes anybody's session.",
    )
    ONE_WINNER = (
        "one winner per token",
        "Of two requests that exchange one token at the same time, one gets the session that"
        " lives on.",
    )
    SIGN_OUT_WINS = (
        "sign-out beats an exchange in flight",
        "A sign-out ends the session even if its token was being exchanged at that moment, or has"
        " been, several times.",
    )
    NEWER_COOKIE = (
        "a late answer spares a newer cookie",
        "An answer to a request that had its session before the browser was given another token"
        " leaves that token alone.",
    )
    LATE_REQUEST = (
        "a late request signs nobody out",
        "Neither does the answer to a request that was sent before and arrives only afterwards.",
    )
    FOLLOWS = (
        "a change under way follows a new token",
        "What was sent before the session had a new token, and changes it afterwards, is kept.",
    )
    NOTHING_FOLLOWS = (
        "nothing follows across a sign-in",
        "What was sent before somebody signed in, and changes the session afterwards, does not"
        " reach theirs: who planted a token gains nothing.",
    )
    EXPIRED = (
        "expired stays expired",
        "A session that rested too long is over for good, also for requests in flight.",
    )
    ACTIVE = (
        "activity keeps it alive",
        "Who comes by within the idle time, if only to read, is not signed out.",
    )
    NOTHING_LEFT = (
        "visitors who store nothing leave nothing",
        "The store holds the live sessions and no more; reading writes nothing.",
    )
    HANG_UP = (
        "a hang-up leaves the old state or the new",
        "A client that goes away, or a server that dies, leaves no half of a change.",
    )
    ANSWER_LOST = (
        "a lost answer loses no session",
        "When the store does what it is asked, and its answer is lost, a token that the browser was"
        " given leads to the session still.",
    )

    def __init__(self, title: str, meaning: str) -> None:
        self.title = title
        self.meaning = meaning


class Broken(AssertionError):
    """A promise was not kept; says which, and how one can tell."""

    def __init__(self, promise: Promise, why: str) -> None:
        super().__init__(f"{promise.title}: {why}")
        self.promise = promise
        self.why = why
