"""A server takes a path that nobody listens at any more, no other, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from quart_app.errors import ConfigurationError
from quart_app.server import Address, AddressInUse
from quart_app.settings import ServerSettings

STARTERS = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "socket"


@pytest.fixture
def address(path: Path) -> Address:
    path.parent.mkdir()
    return Address.of(f"unix:{path}")


def left_behind(path: Path) -> None:
    """As by a server that was killed."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))


def is_answered(path: Path) -> bool:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        return True
    return False


def test_a_socket_that_was_left_behind_is_replaced_and_removed_at_the_end(
    address: Address, path: Path
) -> None:
    left_behind(path)

    with address.listening(backlog=1) as listening:
        assert listening.url == f"unix:{path}"
        assert is_answered(path)

    assert os.listdir(path.parent) == []


def test_where_a_server_listens_another_is_refused_in_one_line(
    address: Address, path: Path
) -> None:
    with address.listening(backlog=1):
        with pytest.raises(AddressInUse) as refused, address.listening(backlog=1):
            pass

        assert is_answered(path)
    assert str(refused.value) == (
        f"cannot listen on unix:{path} (address already in use): stop what listens there, or "
        "choose another path with --bind"
    )


def test_a_server_whose_queue_is_full_is_there_too(address: Address, path: Path) -> None:
    with address.listening(backlog=0), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))

        with pytest.raises(AddressInUse), address.listening(backlog=1):
            pass


def test_what_is_no_socket_is_left_as_it_is(address: Address, path: Path) -> None:
    path.write_text("kept")

    with pytest.raises(ConfigurationError, match="no socket"), address.listening(backlog=1):
        pass

    assert path.read_text() == "kept"


@pytest.mark.parametrize(
    ("where", "cure"),
    [("no/such/folder/socket", "make its folder"), ("x" * 200, "at most"), ("", "another path")],
)
def test_a_path_that_cannot_be_is_one_line_with_the_cure(
    where: str, cure: str, tmp_path: Path
) -> None:
    address = Address.of(f"unix:{tmp_path / where}")

    with pytest.raises(ConfigurationError, match=cure) as refused, address.listening(backlog=1):
        pass

    assert "\n" not in str(refused.value)


def test_one_that_has_come_in_its_place_is_left_there(address: Address, path: Path) -> None:
    with address.listening(backlog=1):
        path.unlink()
        left_behind(path)

    assert path.is_socket()


def test_of_many_that_start_at_once_one_listens(address: Address, path: Path) -> None:
    ready, over = threading.Barrier(STARTERS), threading.Barrier(STARTERS)

    def start(_: int) -> bool:
        ready.wait()
        try:
            with address.listening(backlog=STARTERS):
                over.wait()
                return True
        except AddressInUse:
            over.wait()
            return False

    for _ in range(10):
        left_behind(path)
        with ThreadPoolExecutor(STARTERS) as starters:
            assert sum(starters.map(start, range(STARTERS))) == 1


@pytest.mark.parametrize("said", [0o660, 660, "660", "0660"])
def test_its_mode_is_as_it_is_set(said: object, address: Address, path: Path) -> None:
    mode = ServerSettings.from_config({"BIND_MODE": said}).bind_mode

    with address.listening(backlog=1, mode=mode):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660


@pytest.mark.parametrize("said", [0o777, "0o66", True, 440, 0, [600], {"mode": 600}])
def test_a_mode_for_nobody_or_for_more_is_refused(said: object) -> None:
    with pytest.raises(ConfigurationError, match="0o660"):
        ServerSettings.from_config({"BIND_MODE": said})


def test_only_this_machine_reaches_it(address: Address) -> None:
    assert address.is_loopback
    assert not Address.of(address.bind, "0.0.0.0:0").is_loopback
