"""What a session library must offer to be tested: one little web application.

An adapter mounts a library and answers raw requests. It judges nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.promises.operations import Operation
from tests.promises.schedule import GATE, Steps, is_answer, pause

Fields = dict[str, Any]


class NotInstalled(Exception):
    """The library, or the server that it needs, is not on this machine."""


@dataclass(frozen=True)
class Answer:
    """What a browser learns from a response: its status, and what became of the cookie."""

    status: int
    token: str | None = None
    cleared: bool = False
    retry_after_seconds: int | None = None

    @property
    def asks_again(self) -> bool:
        """Whether it says that nothing was changed, and that the request may be sent once more."""
        return self.status == 503 and self.retry_after_seconds == 1


@dataclass(eq=False)
class Flight:
    """One request on its way, with what its handler saw when the session had been loaded."""

    number: int
    operation: Operation
    token: str | None
    # Sent by a script in the page, as browsers tell servers, and not by going to another page.
    background: bool = False
    method: str = "GET"
    # The names of the store's calls that were carried out, and whose answers were lost.
    lost: list[str] = field(default_factory=list)
    steps: Steps = field(default_factory=Steps)
    seen: Fields | None = None
    answer: Answer | None = None
    error: str = ""

    @property
    def awaits_answer(self) -> bool:
        """Whether the store has done what it was asked, and its answer is on its way."""
        return is_answer(self.steps.point)


_here: ContextVar[Flight] = ContextVar("the request that this handler serves")

# Put there by the libraries themselves, not by a handler.
BOOKKEEPING = ("_permanent", "_addr", "__metadata__")


def _look(session: Mapping[str, Any]) -> Fields:
    """A copy of what the session holds; an entry that says nothing counts as none."""
    copied = {
        name: list(value) if isinstance(value, list) else value for name, value in session.items()
    }
    return {
        name: value
        for name, value in copied.items()
        if name not in BOOKKEEPING and value is not None
    }


async def handle(session: MutableMapping[str, Any], regenerate: Callable[[], object]) -> None:
    """The handler of every asynchronous application: look, wait at the gate, act."""
    flight = _here.get()
    flight.seen = _look(session)
    await pause(GATE)
    flight.operation.apply(session, regenerate)


def handle_in_thread(
    session: MutableMapping[str, Any], regenerate: Callable[[], object], park: Callable[[str], None]
) -> None:
    """The same handler for an application that serves each request in a thread."""
    flight = _here.get()
    flight.seen = _look(session)
    park(GATE)
    flight.operation.apply(session, regenerate)


class Adapter(ABC):
    """One library, mounted in one application, over one store that is empty at the start."""

    name: ClassVar[str]
    can_regenerate: ClassVar[bool] = True
    can_count: ClassVar[bool] = True
    # Whether the application can say which entry names its user, and has not: then another one
    # who signs in has a new token, and finds what is there.
    guesses_owner: ClassVar[bool] = False
    # Whether it has a call that ends all sessions of a user.
    can_end_all: ClassVar[bool] = False
    # Whether the answers of its store can be lost here.
    can_lose_answers: ClassVar[bool] = False
    # How long a session may rest, in seconds, where the library's clock can be turned.
    idle: ClassVar[float | None] = None

    @abstractmethod
    async def open(self) -> None:
        """Mount the library; called in the event loop that serves the requests."""

    async def close(self) -> None:
        """Let go of everything opened."""
        return

    async def respond(self, flight: Flight) -> None:
        """Serve one request; what escapes from the application is a 500."""
        _here.set(flight)
        try:
            flight.answer = await self.call(flight)
        except Exception as error:  # noqa: BLE001 - the server's last resort, like any server's
            flight.error = f"{type(error).__name__}: {error}"
            flight.answer = Answer(status=500)

    @abstractmethod
    async def call(self, flight: Flight) -> Answer:
        """Bring the request to the application and return what it answers."""

    @abstractmethod
    def invent(self) -> str:
        """A token that looks right and that nobody was given."""

    async def records(self) -> int:
        """How many records the store keeps."""
        raise NotImplementedError

    async def end_all(self, user: str) -> None:
        """Have all sessions of this user ended."""
        raise NotImplementedError

    def advance(self, seconds: float) -> None:
        """Turn the clock."""
        raise NotImplementedError

    async def sweep(self) -> None:
        """Have the expired records removed, if that is anybody's task."""
        return


class Paused:
    """A store's client with a pausing point on either side of the named methods."""

    def __init__(self, client: Any, *, reads: tuple[str, ...], writes: tuple[str, ...]) -> None:
        self._client = client
        self._kinds = dict.fromkeys(reads, "read") | dict.fromkeys(writes, "write")

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._client, name)
        if (kind := self._kinds.get(name)) is None:
            return attribute

        async def paused(*args: Any, **kwargs: Any) -> Any:
            await pause(f"{kind} {name}")
            result = await attribute(*args, **kwargs)
            await pause(f"after {name}")
            return result

        return paused
