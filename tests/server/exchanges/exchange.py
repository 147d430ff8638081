"""One client's doings on one connection, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Act(Enum):
    """What a client can do besides sending."""

    ANSWER = auto()  # wait for all of the next answer
    HEAD_ONLY = auto()  # the same, where no body is to follow
    END_OF_SENDING = auto()  # and go on reading
    STOP_READING = auto()  # until told to read again
    READ_AGAIN = auto()
    LEAVE = auto()
    RESET = auto()


@dataclass(frozen=True, slots=True)
class Until:
    """Wait until this has arrived."""

    data: bytes


# Bytes are sent, a number is a pause in seconds.
Step = bytes | float | Act | Until

ANSWER = Act.ANSWER
HEAD_ONLY = Act.HEAD_ONLY
END_OF_SENDING = Act.END_OF_SENDING
STOP_READING = Act.STOP_READING
READ_AGAIN = Act.READ_AGAIN
LEAVE = Act.LEAVE
RESET = Act.RESET


@dataclass(frozen=True, slots=True)
class Exchange:
    """Steps under a name."""

    name: str
    steps: tuple[Step, ...]
    # The server may end the connection before the client has sent everything. Whether the client
    # then sees an orderly end or a reset is a matter of luck.
    ends_early: bool = False
    # A client that has stopped sending is gone for us once it is answered. Hypercorn keeps its
    # connection until the time for the next request is over.
    hypercorn_waits: bool = False


def exchange(
    name: str, *steps: Step, ends_early: bool = False, hypercorn_waits: bool = False
) -> Exchange:
    return Exchange(name, steps, ends_early=ends_early, hypercorn_waits=hypercorn_waits)
