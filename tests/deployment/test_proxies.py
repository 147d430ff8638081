"""What nginx and Caddy, set up as the examples say, let through, change and keep back."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.deployment.proxies import VISITOR, Proxy
from tests.server import peers


def seen(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200
    what: dict[str, Any] = answer.json()
    return what


def test_the_address_is_the_visitors_and_not_what_he_claims(proxy: Proxy) -> None:
    claims = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http"}
    with proxy.client() as visitor:
        honest = seen(visitor.get("/seen"))
        spoofed = seen(visitor.get("/seen", headers=claims))

    assert (honest["client"], honest["scheme"]) == (VISITOR, "https")
    assert (spoofed["client"], spoofed["scheme"]) == (VISITOR, "https")


def test_the_name_of_the_site_arrives(proxy: Proxy) -> None:
    with proxy.client() as visitor:
        headers = dict(seen(visitor.get("/seen"))["headers"])

    assert headers["host"] == f"localhost:{proxy.port}"


def test_connections_to_the_server_are_kept(proxy: Proxy) -> None:
    peers = []
    for _ in range(3):
        with proxy.client() as visitor:
            peers.append(seen(visitor.get("/seen"))["peer"])

    assert peers == [peers[0]] * 3


def test_events_arrive_while_the_stream_is_open(proxy: Proxy) -> None:
    with proxy.client() as visitor, visitor.stream("GET", "/events") as stream:
        parts = stream.iter_raw()
        first = next(parts)
        # Only now the mirror goes on.
        visitor.get("/go-on")
        rest = b"".join(parts)

    assert first == b"data: first\n\n"
    assert rest == b"data: last\n\n"


async def test_websockets_pass(proxy: Proxy) -> None:
    url = proxy.url.replace("https", "wss")
    # Not the client with threads: one may read and one write within OpenSSL at the same moment, and
    # now and then both wait for ever.
    async with asyncio.timeout(10), connect(f"{url}/ws", ssl=proxy.tls) as socket:
        await socket.send("hello")
        answer = await socket.recv()

    assert answer == "hello"


@pytest.mark.parametrize("protocol", ["h2c", "H2C", "tls/1.3, h2c", "websocket, h2c"])
def test_no_other_upgrade_passes(proxy: Proxy, protocol: str) -> None:
    plain = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
    head = (
        f"GET /seen HTTP/1.1\r\nHost: localhost:{proxy.port}\r\nUpgrade: {protocol}\r\n"
        "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n"
    )
    with proxy.tls.wrap_socket(plain, server_hostname="localhost") as client:
        client.sendall(head.encode())
        answer = peers.read_until(client, b'"length": 0}')

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"upgrade" not in answer.lower().replace(b"upgrade-insecure-requests", b"")
