"""A browser: cookies that it takes in the order in which answers arrive, and a slow network."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlencode

from quart_app.testing import CookieJar
from quart_app.testing.cookie_jar import CookieContext
from tests.races.machines import Machines
from tests.races.wire import Answer, Connections, Unanswered

_CONTEXT = CookieContext(host="127.0.0.1", path="/", secure=False)
_TOKEN_SHOWN = 6


class Kind(Enum):
    """What a request is for, as a browser says it: in fetch metadata, and in what it accepts."""

    NAVIGATION = ("navigate", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
    SCRIPT = ("cors", "*/*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How long each way takes, and which process is reached."""

    machines: Machines
    connections: Connections
    chance: random.Random
    shortest_ms: float = 0.0
    longest_ms: float = 0.0

    async def delay(self) -> None:
        """One way."""
        if self.longest_ms:
            await asyncio.sleep(self.chance.uniform(self.shortest_ms, self.longest_ms) / 1000)

    def any_machine(self) -> int:
        """As a balancer chooses."""
        return self.chance.randrange(len(self.machines))


class Browser:
    """One, with its cookies and a record of what it asked."""

    def __init__(self, network: Network, *, name: str, says_what_for: bool = True) -> None:
        self.name = name
        self.network = network
        self._says_what_for = says_what_for
        """Whether its requests carry fetch metadata: over plain http they do not."""
        self.jar = CookieJar(clock=time.time)
        self.tokens: list[str] = []
        """Every token that it has held, the last one last."""
        self.story: list[str] = []
        self._began_at = time.monotonic()

    @property
    def token(self) -> str | None:
        """The session's, if it holds one."""
        cookie = self.jar.get("session")
        return None if cookie is None else cookie.value

    def plant(self, token: str) -> None:
        """Put in a cookie that somebody else got."""
        self._take_in(f"session={token}; Path=/; HttpOnly; SameSite=Lax")

    async def visit(self, path: str, *, at: int | None = None) -> Answer:
        """Go to a page."""
        return await self.ask("GET", path, Kind.NAVIGATION, at=at)

    async def submit(
        self,
        path: str,
        form: Mapping[str, str] | None = None,
        *,
        at: int | None = None,
        takes_answer: bool = True,
    ) -> Answer:
        """Press a form's button. An answer that is not taken in sets no cookie."""
        return await self.ask(
            "POST", path, Kind.NAVIGATION, form=form, at=at, takes_answer=takes_answer
        )

    async def fetch(self, method: str, path: str, *, at: int | None = None) -> Answer:
        """What a script asks."""
        return await self.ask(method, path, Kind.SCRIPT, at=at)

    async def sign_in(self, name: str, *, takes_answer: bool = True) -> Answer:
        """For as long as the window is open."""
        return await self.submit("/login", {"name": name}, takes_answer=takes_answer)

    async def ask(
        self,
        method: str,
        path: str,
        kind: Kind,
        *,
        form: Mapping[str, str] | None = None,
        at: int | None = None,
        takes_answer: bool = True,
    ) -> Answer:
        """The answer, when it has arrived. Raises `Unanswered`."""
        network = self.network
        number = network.any_machine() if at is None else at
        words = self._written(method, path, kind, form)
        said = f"{method} {path} with {_shown(self.token)}"
        self._note(f"{said} leaves for {number}")
        await network.delay()
        try:
            answer = await network.connections.ask(network.machines.port(number), words)
        except Unanswered:
            self._note(f"{said} is not answered")
            raise
        await network.delay()
        set_by = answer.all("set-cookie") if takes_answer else []
        for line in set_by:
            self._take_in(line)
        word = "" if takes_answer else ", thrown away"
        held = f", now {_shown(self.token)}" if set_by else ""
        self._note(f"{said} is answered {answer.status}{word}{held}")
        return answer

    def _written(self, method: str, path: str, kind: Kind, form: Mapping[str, str] | None) -> bytes:
        mode, accepts = kind.value
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Accept: {accepts}"]
        if self._says_what_for:
            lines += [f"Sec-Fetch-Mode: {mode}", "Sec-Fetch-Site: same-origin"]
        if cookies := self.jar.header_for(_CONTEXT):
            lines.append(f"Cookie: {cookies}")
        body = urlencode(form or {})
        if method == "POST":
            lines += [
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
            ]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def _take_in(self, line: str) -> None:
        self.jar.store(line, _CONTEXT)
        if self.token is not None and self.token not in self.tokens[-1:]:
            self.tokens.append(self.token)

    def _note(self, words: str) -> None:
        at_ms = (time.monotonic() - self._began_at) * 1000
        self.story.append(f"{at_ms:8.1f} ms  {words}")


def _shown(token: str | None) -> str:
    return "no cookie" if token is None else f"cookie {token[:_TOKEN_SHOWN]}"
