"""A breach service learns five digits of a hash, and one in trouble is in nobody's way."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from quart_app.accounts.passwords.breach import BreachService

TYPED = "correct horse battery staple"
DIGEST = hashlib.sha1(TYPED.encode()).hexdigest().upper()  # noqa: S324 - what is asked for


@contextmanager
def service(answer: str, *, status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """Its address, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/range", asked
        server.shutdown()
        thread.join()


async def knows(url: str) -> bool:
    breaches = BreachService(url)
    try:
        return await breaches.knows(TYPED)
    finally:
        await breaches.close()


async def test_it_is_asked_for_five_digits_and_no_more() -> None:
    with service(f"0000:3\r\n{DIGEST[5:]}:17\r\n") as (url, asked):
        assert await knows(url)

    assert asked == [f"/range/{DIGEST[:5]}"]


@pytest.mark.parametrize("answer", ["", "0000:3", f"{DIGEST[5:]}:0", DIGEST[5:], "<html>"])
async def test_what_is_not_counted_is_not_known(answer: str) -> None:
    with service(answer) as (url, _):
        assert not await knows(url)


async def test_a_service_in_trouble_knows_nothing_and_is_logged_without_the_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with service("", status=503) as (url, _):
        assert not await knows(url)
    assert not await knows("http://127.0.0.1:9/range")

    assert caplog.text.count("the breach service was not heard") == 2
    assert DIGEST[:5] not in caplog.text
