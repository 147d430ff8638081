"""Raw requests to an application in this process, and raw cookies back: nothing in between hides
what a browser would be told."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any
from wsgiref.util import setup_testing_defaults

from tests.kit.scopes import scope
from tests.promises.adapter import Answer, Flight

COOKIE = "session"
METHODS = ["GET", "POST"]
Message = MutableMapping[str, Any]


async def ask_asgi(app: Callable[..., Any], flight: Flight) -> Answer:
    """One request to an ASGI application; a client that hangs up is a disconnect message,
    and so is the end of the answer."""
    sent: list[Message] = []
    body_read = False
    is_answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def receive() -> Message:
        nonlocal body_read
        if not body_read:
            body_read = True
            return {"type": "http.request", "body": b"", "more_body": False}
        gone: asyncio.Future[Any] = asyncio.ensure_future(flight.steps.gone.wait())
        try:
            await asyncio.wait({gone, is_answered}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        is_body = message["type"] == "http.response.body"
        if is_body and not message.get("more_body", False) and not is_answered.done():
            is_answered.set_result(None)

    await app(_scope(flight), receive, send)
    start = next((message for message in sent if message["type"] == "http.response.start"), None)
    if start is None:
        # The status that servers log for a client that did not wait.
        return Answer(status=499)
    headers = [(name.decode("latin1"), value.decode("latin1")) for name, value in start["headers"]]
    return _answer(start["status"], headers)


async def ask_wsgi(app: Callable[..., Iterable[bytes]], flight: Flight) -> Answer:
    """One request to a WSGI application, which takes a thread and never hears of a hang-up."""
    environ: dict[str, Any] = {"PATH_INFO": "/", "HTTP_HOST": "app.test"}
    if flight.token is not None:
        environ["HTTP_COOKIE"] = f"{COOKIE}={flight.token}"
    environ["REQUEST_METHOD"] = flight.method
    environ["HTTP_SEC_FETCH_MODE"] = _mode(flight)
    setup_testing_defaults(environ)
    environ["wsgi.input"] = io.BytesIO()
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        started.append((status, headers))

    def serve() -> None:
        for _ in app(environ, start_response):
            pass

    await asyncio.to_thread(serve)
    status, headers = started[-1]
    return _answer(int(status.split()[0]), headers)


def _mode(flight: Flight) -> str:
    return "cors" if flight.background else "navigate"


def _scope(flight: Flight) -> Message:
    headers = {"sec-fetch-mode": _mode(flight)}
    if flight.token is not None:
        headers["cookie"] = f"{COOKIE}={flight.token}"
    return scope(flight.method, host="app.test", headers=headers)


def _answer(status: int, headers: list[tuple[str, str]]) -> Answer:
    answer = Answer(status=status)
    for name, value in headers:
        if name.lower() == "retry-after":
            answer = replace(answer, retry_after_seconds=int(value))
        if name.lower() == "set-cookie" and value.startswith(f"{COOKIE}="):
            token = value.partition("=")[2].partition(";")[0]
            if _deletes(value):
                answer = replace(answer, token=None, cleared=True)
            else:
                answer = replace(answer, token=token, cleared=False)
    return answer


def _deletes(cookie: str) -> bool:
    for attribute in cookie.split(";")[1:]:
        name, _, value = attribute.strip().partition("=")
        if name.lower() == "max-age" and int(value) <= 0:
            return True
        if name.lower() == "expires" and parsedate_to_datetime(value).year < 2000:
            return True
    return False
