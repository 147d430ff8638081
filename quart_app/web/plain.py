"""Answers in plain words, from where no language and no template is at hand."""

from __future__ import annotations

from quart_app.scope import Headers, Send


async def say(send: Send, status: int, text: str, *, headers: Headers | None = None) -> None:
    """One whole answer."""
    body = f"{text}\n".encode()
    start = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *(headers or ()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body, "more_body": False})
