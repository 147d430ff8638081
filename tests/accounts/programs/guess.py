"""Guesses at the password of Ada, all at once, as soon as there is a file START; prints how many
were looked at. ADDRESS START COUNT"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from quart_app.errors import BadCredentials, TooManyGuesses
from quart_app.testing import FakeClock
from tests.accounts.people import WRONG, anywhere, members_of
from tests.kit.polling import eventually


async def main(url: str, start: Path, count: int) -> None:
    members = members_of(url, clock=FakeClock())
    await members.open()
    sys.stdout.write("ready\n")
    await eventually(start.exists)

    async def guess(number: int) -> None:
        with suppress(BadCredentials, TooManyGuesses):
            await members.sign_in("Ada", password=WRONG, client=anywhere(number))

    await asyncio.gather(*map(guess, range(count)))
    sys.stdout.write(f"hashed {members.parts.hashing.hashed}\n")
    await members.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
