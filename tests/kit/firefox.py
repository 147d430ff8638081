"""Starts a real Firefox and speaks to it by WebDriver BiDi, which Playwright does not do yet."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect

from tests.kit.polling import PATIENCE_SECONDS, until
from tests.kit.processes import Program
from tests.kit.programs import needed

_LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
_OPTIONS = ("--headless", "--no-remote", "--remote-debugging-port", "0")


class FirefoxTab:
    """One tab."""

    def __init__(self, firefox: Firefox, context: str) -> None:
        self._firefox = firefox
        self._context = context

    def go(self, url: str) -> None:
        """Type an address, and wait for the page."""
        self._firefox.ask(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    def evaluate(self, script: str) -> Any:
        """What an expression comes to in the page: a text, a number, a boolean or `None`."""
        target = {"context": self._context}
        answer = self._firefox.ask(
            "script.evaluate", expression=script, target=target, awaitPromise=True
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until an expression is true in the page, whichever it is by then."""

        def holds() -> bool:
            try:
                return bool(self.evaluate(condition))
            except (RuntimeError, LookupError):
                return False  # between two pages

        until(holds)

    def resize(self, width: int, height: int) -> None:
        """Have the page be so large."""
        size = {"width": width, "height": height}
        self._firefox.ask("browsingContext.setViewport", context=self._context, viewport=size)

    def picture(self) -> bytes:
        """The page as it is seen, as PNG."""
        answer = self._firefox.ask("browsingContext.captureScreenshot", context=self._context)
        return b64decode(answer["data"])


class Firefox:
    """A running one."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._asked = 0

    @classmethod
    @contextmanager
    def running(cls, preferences: Mapping[str, bool | int] | None = None) -> Iterator[Self]:
        """Until the end of the block. Skips the test where there is none, but not in CI."""
        program = needed("firefox-esr", "firefox", package="firefox-esr")
        with TemporaryDirectory(prefix="firefox") as folder:
            lines = (
                f'user_pref("{name}", {json.dumps(value)});\n'
                for name, value in (preferences or {}).items()
            )
            (Path(folder) / "user.js").write_text("".join(lines))
            command = (program, *_OPTIONS, "--profile", folder)
            with Program.running(by=command, environment={"HOME": folder}) as running:
                found = running.until(lambda: _LISTENING.search(running.said))
                with connect(f"{found[1]}/session", max_size=None) as connection:
                    firefox = cls(connection)
                    firefox.ask("session.new", capabilities={})
                    yield firefox

    def tab(self) -> FirefoxTab:
        """One more, with the cookies of the others."""
        return FirefoxTab(self, self.ask("browsingContext.create", type="tab")["context"])

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """What Firefox answers to a command. Raises `LookupError` for one that it refuses."""
        self._asked += 1
        self._connection.send(json.dumps({"id": self._asked, "method": method, "params": params}))
        while True:
            message = json.loads(self._connection.recv(timeout=PATIENCE_SECONDS))
            if message.get("id") == self._asked:
                break
        if message["type"] == "error":
            raise LookupError(f"{method}: {message['error']}: {message['message']}")
        result: dict[str, Any] = message["result"]
        return result
