"""What cannot work says so at the start, in one line that names the cure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from quart import Quart

from quart_app import Login
from quart_app.errors import ConfigurationError
from quart_app.live import Live
from quart_app.sessions import Session, interface_of
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.settings import secret_key
from quart_app.testing.store_contract.samples import a_record


def is_for_us_alone(folder: Path) -> bool:
    return not any(path.stat().st_mode & 0o077 for path in (folder, *folder.rglob("*")))


def test_a_client_that_blocks_is_refused() -> None:
    redis = pytest.importorskip("redis")
    app = Quart("flask's")
    app.config.update(SESSION_TYPE="redis", SESSION_REDIS=redis.Redis())

    with pytest.raises(ConfigurationError, match=r"SESSION_REDIS is .*redis\.asyncio"):
        Session(app)


def test_an_application_on_trio_is_refused() -> None:
    trios = type("QuartTrio", (Quart,), {"__module__": "quart_trio.app"})

    with pytest.raises(ConfigurationError, match=r"asyncio: make it a quart\.Quart"):
        Session(trios("on trio"))


@pytest.mark.parametrize("extension", [Session, Login, Live])
def test_an_application_of_flask_is_refused_in_one_line(extension: Any) -> None:
    with pytest.raises(
        ConfigurationError, match=rf"^{extension.__name__}\(app\) .* a flask\.Flask:"
    ):
        extension(Flask("flask's"))


@pytest.mark.parametrize(
    ("store", "said"),
    [
        ("redis", r"app\.config\['SESSION_TYPE'\] = 'redis'"),
        (object(), r"subclass of quart_app\.sessions\.Store: this is object"),
        (MemoryStore, r"an instance of .*: this is the class MemoryStore"),
    ],
)
def test_what_is_no_store_is_refused_where_it_is_given(store: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Session(Quart("no store"), store=store)


def test_an_application_whose_sessions_are_not_kept_here_has_no_interface_of_ours() -> None:
    app = Quart("signed")
    app.config["SESSION_TYPE"] = "cookie"
    Session(app)

    with pytest.raises(ConfigurationError, match=r"of signed are not kept .* call Session\(app\)"):
        interface_of(app)


@pytest.mark.usefixtures("careless_umask")
async def test_whatever_the_umask_nobody_else_can_look_in(tmp_path: Path) -> None:
    store = FilesystemStore(tmp_path / "state" / "app" / "sessions")
    await store.create(a_record(store.clock, owner="ada"))
    await store.close()

    assert is_for_us_alone(tmp_path / "state")


@pytest.mark.usefixtures("careless_umask")
def test_the_folder_of_the_secret_key_is_our_own_too(tmp_path: Path) -> None:
    secret_key.kept_in(tmp_path / "state" / "app")

    assert is_for_us_alone(tmp_path / "state")
