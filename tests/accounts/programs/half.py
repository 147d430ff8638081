"""Does something to Ada's account, and waits in the transaction, before it is committed, to be
killed: ADDRESS, and `add` or `password`."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any

from quart_app.accounts import Administration, changing
from quart_app.testing import FakeClock
from tests.accounts.people import OTHER, RIGHT, members_of


def and_wait(function: Any) -> Any:
    def instead(*args: Any, **kwargs: Any) -> None:
        function(*args, **kwargs)
        sys.stdout.write("half\n")
        sys.stdout.flush()
        threading.Event().wait()

    return instead


async def main(url: str, what: str) -> None:
    members = members_of(url, clock=FakeClock())
    office = Administration(members, actor="test")
    if what == "add":
        changing.add = and_wait(changing.add)
        await office.add("Ada", password=RIGHT)
    else:
        changing.set_password = and_wait(changing.set_password)
        await office.set_password("Ada", OTHER)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
