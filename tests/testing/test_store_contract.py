"""The suite for stores is of use to projects that set pytest-asyncio up otherwise than this one."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ("pytester",)

ROOT = Path(__file__).parents[2]
STORES = """
    import pytest
    import pytest_asyncio

    from quart_app.sessions.stores.memory import MemoryStore
    from quart_app.testing.store_contract import StoreContract


    class TestOne(StoreContract):
        @pytest.fixture
        def store(self, clock):
            return MemoryStore(clock=clock)


    class TestOneThatIsClosed(StoreContract):
        @pytest_asyncio.fixture
        async def store(self, clock):
            store = MemoryStore(clock=clock)
            yield store
            await store.close()
"""


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_it_runs_whole_in_both_modes_of_pytest_asyncio(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makepyfile(STORES)

    result = pytester.runpytest_subprocess(
        *("-p", "pytest_asyncio.plugin", f"--asyncio-mode={mode}"),
        *("-Werror", "--strict-markers", "-o", "asyncio_default_fixture_loop_scope=function"),
    )

    ran = result.parseoutcomes()
    assert ran.keys() == {"passed"}
    assert ran["passed"] >= 2 * 100
