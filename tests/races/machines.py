"""Server processes on one machine that share a store; one of them may be killed and replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.servers import RedisServer
from tests.serving.processes import SERVERS, Program, started

SHOP = "tests.races.programs.shop:app"
TROUBLE = ("Traceback", "never retrieved", "was destroyed")
# Each process is run by another one, so that no rule hangs on one server's ways.
TURNS = ("uvicorn with uvloop", "hypercorn", "uvicorn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Where sessions are kept, and whether the application says who is signed in."""

    store: str
    names_owner: bool

    def __str__(self) -> str:
        return f"{self.store}, owner {'named' if self.names_owner else 'guessed'}"

    def config(self, folder: Path, redis: RedisServer | None) -> dict[str, Any]:
        """The application's."""
        owner = {"SESSION_OWNER_KEY": "name"} if self.names_owner else {}
        if redis is not None:
            return {"SESSION_TYPE": "redis", "SESSION_URI": redis.url, **owner}
        return {"SESSION_FILE_DIR": str(folder / "sessions"), **owner}


VARIANTS = tuple(
    Variant(store=store, names_owner=names_owner)
    for store in ("files", "redis")
    for names_owner in (True, False)
)


class Machines:
    """The processes, by number."""

    def __init__(self, variant: Variant, config: dict[str, Any], folder: Path) -> None:
        self.variant = variant
        self._config = config
        self._folder = folder
        self._programs: list[Program] = []
        self._running = ExitStack()

    @classmethod
    @contextmanager
    def running(cls, variant: Variant, folder: Path, *, count: int = 2) -> Iterator[Self]:
        with ExitStack() as stack:
            redis = None
            if variant.store == "redis":
                redis = stack.enter_context(RedisServer.running())
            machines = cls(variant, variant.config(folder, redis), folder)
            with machines._running:
                for number in range(count):
                    machines._programs.append(machines._start(number))
                for program in machines._programs:
                    program.wait_until_it_answers()
                yield machines

    def __len__(self) -> int:
        return len(self._programs)

    def port(self, number: int) -> int:
        """Where this process listens."""
        return int(self._programs[number].url.rsplit(":", 1)[1])

    async def kill_and_replace(self, number: int) -> None:
        """kill -9, and another process in its place. Until that answers, requests find none."""
        await asyncio.to_thread(self._programs[number].kill)
        new = await asyncio.to_thread(self._start, number)
        await asyncio.to_thread(new.wait_until_it_answers)
        self._programs[number] = new

    def troubles(self) -> list[str]:
        """What the processes that run have written and should not have."""
        said = (line for program in self._programs for line in program.said.splitlines())
        return [line for line in said if any(word in line for word in TROUBLE)]

    def _start(self, number: int) -> Program:
        server = SERVERS[TURNS[number % len(TURNS)]]
        words = (*server, SHOP)
        return self._running.enter_context(started(words, config=self._config, folder=self._folder))
