"""Answers in plain words, from where no language and no template is at hand."""

from __future__ import annotations

import json

from quart_app.scope import Headers, Send


async def say(send: Send, status: int, text: str, *, headers: Headers | None = None) -> None:
    """One whole answer."""
    await send_whole(send, status, f"{text}\n", kind=b"text/plain; charset=utf-8", headers=headers)


async def say_json(
    send: Send, status: int, value: object, *, headers: Headers | None = None
) -> None:
    """The same for a program."""
    await send_whole(
        send, status, f"{json.dumps(value)}\n", kind=b"application/json", headers=headers
    )


async def send_whole(
    send: Send, status: int, text: str, *, kind: bytes, headers: Headers | None
) -> None:
    """One of whatever kind."""
    body = text.encode()
    start = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        *(headers or ()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body, "more_body": False})
