"""Server processes on one machine that share a store; one of them may be killed and replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.kit.processes import Program
from tests.kit.redis import RedisServer
from tests.kit.servers import SERVERS, configured

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

    def __init__(self, variant: Variant, config: dict[str, Any]) -> None:
        self.variant = variant
        self._config = config
        self._programs: list[Program] = []
        self._running = ExitStack()

    @classmethod
    @contextmanager
    def running(cls, variant: Variant, folder: Path, *, count: int = 2) -> Iterator[Self]:
        with ExitStack() as stack:
            redis = None
            if variant.store == "redis":
                redis = stack.enter_context(RedisServer.running())
            machines = cls(variant, variant.config(folder, redis))
            with machines._running:
                for number in range(count):
                    machines._programs.append(machines._start(number))
                for program in machines._programs:
                    program.answers()
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
        await asyncio.to_thread(new.answers)
        self._programs[number] = new

    def troubles(self) -> list[str]:
        """What the processes that run have written and should not have."""
        said = (line for program in self._programs for line in program.said.splitlines())
        return [line for line in said if any(word in line for word in TROUBLE)]

    def _start(self, number: int) -> Program:
        command = (*SERVERS[TURNS[number % len(TURNS)]], SHOP)
        environment = configured(self._config)
        return self._running.enter_context(Program.running(*command, environment=environment))
