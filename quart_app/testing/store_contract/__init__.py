"""The promises of `quart_app.sessions.stores.base` as tests, for anybody's store to be put through.

    from quart_app.testing.store_contract import StoreContract

    class TestMyStore(StoreContract):
        @pytest.fixture
        async def store(self, clock: FakeClock) -> AsyncIterator[Store]:
            store = MyStore(clock=clock)
            yield store
            await store.close()

A store that several processes share should override `other_store` too. Needs pytest and
pytest-asyncio, in either mode; in its strict one an asynchronous fixture of yours is a
`pytest_asyncio.fixture`.
"""

from __future__ import annotations

import inspect

import pytest

# pytest explains a failed assert only in modules that it was told of before they are imported.
pytest.register_assert_rewrite(
    *(
        f"{__name__}.{part}"
        for part in (
            "addresses",
            "endings",
            "fields",
            "owners",
            "races",
            "records",
            "times",
            "upkeep",
        )
    )
)

# ruff: noqa: E402 - these imports have to come after the line above
from quart_app.sessions.stores.base import Store
from quart_app.testing.clock import FakeClock
from quart_app.testing.store_contract.addresses import (
    AddressPromises,
    CookiePromises,
    FollowingPromises,
)
from quart_app.testing.store_contract.endings import EndRaces, OwnerRaces
from quart_app.testing.store_contract.fields import FieldPromises
from quart_app.testing.store_contract.owners import OwnerPromises
from quart_app.testing.store_contract.races import WriteRaces
from quart_app.testing.store_contract.records import RecordPromises
from quart_app.testing.store_contract.times import ExpiryPromises, SeenPromises, SkewPromises
from quart_app.testing.store_contract.upkeep import ClosePromises, SweepPromises

__all__ = ["StoreContract"]


def _marked(contract: type) -> type:
    # Not the class as a whole: pytest-asyncio complains of the mark where a test awaits nothing.
    for promises in contract.__mro__:
        for test in filter(inspect.iscoroutinefunction, vars(promises).values()):
            pytest.mark.asyncio(test)
    return contract


@_marked
class StoreContract(
    RecordPromises,
    FieldPromises,
    SeenPromises,
    ExpiryPromises,
    SkewPromises,
    OwnerPromises,
    WriteRaces,
    EndRaces,
    OwnerRaces,
    AddressPromises,
    FollowingPromises,
    CookiePromises,
    SweepPromises,
    ClosePromises,
):
    """Subclass it under a name that starts with `Test` and override the fixture `store`."""

    @pytest.fixture
    def clock(self) -> FakeClock:
        """The clock to build the store with. It stands still until a test turns it."""
        return FakeClock()

    @pytest.fixture
    def store(self, clock: FakeClock) -> Store:
        """Override this one with a fresh, empty store on that clock; it may be asynchronous."""
        raise NotImplementedError(f"{type(self).__name__} has no fixture `store` of its own")

    @pytest.fixture
    def other_store(self, store: Store) -> Store:
        """A second handle on the same data, as another process has it. Where data live in the
        object itself there is none, and it is the same object."""
        return store
