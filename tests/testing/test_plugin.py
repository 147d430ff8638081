"""The pytest plugin works as installed, in both modes of pytest-asyncio, and is in nobody's way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.processes import python

pytest_plugins = ("pytester",)

ROOT = Path(__file__).parents[2]
PLUGIN = ("-p", "quart_app.testing.plugin")
ASYNCIO = ("-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function")

CONFTEST = """
    import pytest
    from quart import Quart, session, websocket
    from quart_app.sessions import Session

    @pytest.fixture
    def app(quart_clock):
        app = Quart("example")
        app.config["SESSION_TYPE"] = "memory"
        Session(app, clock=quart_clock)

        @app.get("/")
        async def index():
            return session.get("name", "nobody")

        return app
"""
TESTS = """
    import pytest

    pytestmark = pytest.mark.asyncio

    async def test_signed_out(quart_client):
        assert (await quart_client.get("/")).text() == "nobody"

    async def test_signed_in(quart_signed_in, quart_client):
        ada, bob = await quart_signed_in("ada"), await quart_signed_in(name="bob")
        assert (await ada.get("/")).text() == "ada"
        assert (await bob.get("/")).text() == "bob"
        assert (await quart_client.get("/")).text() == "nobody"

    async def test_clock(quart_signed_in, quart_clock):
        ada = await quart_signed_in("ada")
        quart_clock.advance(hours=9)
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
        def quart_clock():
            return "mine"

        @pytest.mark.asyncio
        async def test_both(quart_client, quart_clock):
            assert (await quart_client.get("/")).text() == "here"
            assert quart_clock == "mine"
    """)

    result = pytester.runpytest_inprocess(*PLUGIN, *ASYNCIO, "--asyncio-mode=strict")

    result.assert_outcomes(passed=1)


def test_another_plugin_keeps_its_fixtures_though_ours_is_loaded_last(
    pytester: pytest.Pytester,
) -> None:
    # pytest-flask's names, and others that a plugin may well have.
    names = ("client", "client_class", "config", "live_server", "clock", "browser", "signed_in")
    fixtures = [f"@pytest.fixture\ndef {name}():\n    return 'theirs'\n" for name in names]
    pytester.makepyfile(neighbour="\n".join(["import pytest", *fixtures]))
    pytester.syspathinsert()
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(f"""
        import pytest

        @pytest.mark.parametrize("name", {names})
        def test_it_is_theirs(name, request, quart_client):
            assert request.getfixturevalue(name) == "theirs"
    """)

    result = pytester.runpytest_inprocess("-p", "neighbour", *PLUGIN)

    result.assert_outcomes(passed=len(names))


def test_without_pytest_asyncio_a_plain_test_can_use_them(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile("""
        import asyncio

        def test_plain(quart_signed_in):
            ada = asyncio.run(quart_signed_in("ada"))
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

    ended = python("-c", code)

    assert ended.returncode == 0, ended.stderr


def test_an_unknown_name_is_an_ordinary_error() -> None:
    import quart_app.testing as kit

    with pytest.raises(AttributeError, match="has no attribute 'Clint'"):
        _ = kit.Clint
