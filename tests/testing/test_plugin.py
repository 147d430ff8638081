"""The pytest plugin works as installed, in both modes of pytest-asyncio, and is in nobody's way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ("pytester",)

ROOT = Path(__file__).parents[2]
PLUGIN = ("-p", "quart_app.testing.plugin")
ASYNCIO = ("-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function")

CONFTEST = """
    import pytest
    from quart import Quart, session, websocket
    from quart_app.sessions import Session

    @pytest.fixture
    def app(clock):
        app = Quart("example")
        app.config["SESSION_TYPE"] = "memory"
        Session(app, clock=clock)

        @app.get("/")
        async def index():
            return session.get("name", "nobody")

        return app
"""
TESTS = """
    import pytest

    pytestmark = pytest.mark.asyncio

    async def test_signed_out(client):
        assert (await client.get("/")).text() == "nobody"

    async def test_signed_in(signed_in, client):
        ada, bob = await signed_in("ada"), await signed_in(name="bob")
        assert (await ada.get("/")).text() == "ada"
        assert (await bob.get("/")).text() == "bob"
        assert (await client.get("/")).text() == "nobody"

    async def test_clock(signed_in, clock):
        ada = await signed_in("ada")
        clock.advance(hours=9)
        assert (await ada.get("/")).text() == "nobody"
"""


@pytest.fixture(autouse=True)
def only_this_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if installed, whether or not it is, and beside nothing else that is."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_the_fixtures_work_in_both_modes_of_pytest_asyncio(
    pytester: pytest.Pytester, mode: str
) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS)

    result = pytester.runpytest_inprocess(
        *PLUGIN, *ASYNCIO, f"--asyncio-mode={mode}", "-Werror", "--strict-markers"
    )

    result.assert_outcomes(passed=3)


def test_an_asynchronous_app_fixture_and_fixtures_of_ones_own_names_take_their_place(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("""
        import pytest
        import pytest_asyncio
        from quart import Quart
        from quart_app.testing import Client

        @pytest_asyncio.fixture
        async def app():
            app = Quart("example")
            app.add_url_rule("/", "index", lambda: "here")
            async with Client(app):
                yield app

        @pytest.fixture
        def clock():
            return "mine"

        @pytest.mark.asyncio
        async def test_both(client, clock):
            assert (await client.get("/")).text() == "here"
            assert clock == "mine"
    """)

    result = pytester.runpytest_inprocess(*PLUGIN, *ASYNCIO, "--asyncio-mode=strict")

    result.assert_outcomes(passed=1)


def test_without_pytest_asyncio_a_plain_test_can_use_them(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile("""
        import asyncio

        def test_plain(signed_in):
            ada = asyncio.run(signed_in("ada"))
            assert asyncio.run(ada.get("/")).text() == "ada"
    """)

    result = pytester.runpytest_inprocess(*PLUGIN)

    result.assert_outcomes(passed=1)


def test_who_does_not_use_it_does_not_load_the_package(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys

        def test_nothing_is_loaded():
            loaded = {name for name in sys.modules if name.startswith("quart")}
            assert loaded == {"quart_app", "quart_app.testing", "quart_app.testing.plugin"}
            assert "asyncio" not in sys.modules
    """)

    result = pytester.runpytest_subprocess(*PLUGIN)

    result.assert_outcomes(passed=1)


def test_the_testing_kit_needs_no_pytest() -> None:
    code = (
        "import sys; sys.modules['pytest'] = None; import quart_app.testing as kit;"
        "[getattr(kit, name) for name in kit.__all__]"
    )

    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=dict(os.environ), check=True)


def test_an_unknown_name_is_an_ordinary_error() -> None:
    import quart_app.testing as kit

    with pytest.raises(AttributeError, match="has no attribute 'Clint'"):
        _ = kit.Clint
