"""Asks a breach service about a password, of which it learns five hex digits of a hash."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import unicodedata
import urllib.request
from http.client import HTTPException

from quart_app.threads import NoThread, Threads

_TIMEOUT_SECONDS = 2.0
_MOST_BYTES = 1024 * 1024
_THREADS = 2
_PREFIX = 5

_log = logging.getLogger("quart_app.accounts")


class BreachService:
    """One that answers `GET URL/21BD1` with lines of `REST-OF-HASH:COUNT`. Asked where a password
    is set and never where one is checked; a service in trouble knows none."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._threads: Threads | None = None

    async def knows(self, password: str) -> bool:
        """Whether it has been seen in a breach, as far as can be found out in time."""
        secret = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
        digest = hashlib.sha1(secret, usedforsecurity=False).hexdigest().upper()
        if self._threads is None:
            self._threads = Threads(_THREADS, thread_name_prefix="breaches")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                lines = await loop.run_in_executor(self._threads, self._ask, digest[:_PREFIX])
        except (OSError, HTTPException, NoThread, TimeoutError) as exc:
            _log.warning("the breach service was not heard", extra={"reason": repr(exc)})
            return False
        return any(_is_of(line, digest[_PREFIX:]) for line in lines)

    def _ask(self, prefix: str) -> list[str]:
        # The settings allow for http and https only.
        request = urllib.request.Request(  # noqa: S310
            f"{self._url}/{prefix}", headers={"Add-Padding": "true", "User-Agent": "quart_app"}
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            return answer.read(_MOST_BYTES).decode("ascii", "replace").splitlines()  # type: ignore[no-any-return]

    async def close(self) -> None:
        """Let go of the threads; idempotent."""
        threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False, cancel_futures=True)


def _is_of(line: str, rest: str) -> bool:
    # With a count of nought it is there to hide how many there are.
    found, _, count = line.strip().partition(":")
    return found.upper() == rest and count.strip() not in ("", "0")
