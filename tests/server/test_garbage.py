"""What a connection took is given back with its end, not when the garbage collector comes by."""

from __future__ import annotations

from http.client import HTTPConnection

from tests.kit.processes import Program

CONNECTIONS = 5
REQUESTS = 3


def asked(connection: HTTPConnection) -> str:
    connection.request("GET", "/")
    return connection.getresponse().read().decode()


def test_connections_leave_nothing_behind() -> None:
    with Program.running("tests.server.programs.garbage") as program:
        for _ in range(CONNECTIONS):
            connection = HTTPConnection("127.0.0.1", program.port)
            left = [asked(connection) for _ in range(REQUESTS)]
            connection.close()

            assert left == [""] * REQUESTS
