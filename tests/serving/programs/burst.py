"""A script that asks the notes a few things and ends, without start-up and without shut-down."""

from __future__ import annotations

import asyncio
import json
import os
import sys

from tests.serving.programs.notes import create_app

app = create_app(json.loads(os.environ["NOTES_CONFIG"]))


def _allow_slow_steps() -> None:
    """Imports are slow, and on a busy machine everything is: no matter of ours."""
    asyncio.get_running_loop().slow_callback_duration = 60


async def visit(name: str) -> str:
    """One browser's day; says who it was in the end."""
    _allow_slow_steps()
    browser = app.test_client()
    await browser.post("/login", form={"name": name})
    await browser.post("/notes", form={"note": "one"})
    await asyncio.gather(*(browser.get("/") for _ in range(8)))
    async with browser.websocket("/desk") as desk:
        await desk.send_json(["set", "colour", "blue"])
        await desk.receive_json()
        await desk.send_json(["save"])
        await desk.receive_json()
    seen = await (await browser.get("/")).get_json()
    await browser.post("/logout")
    return f"{seen['name']}: {len(seen['notes'])}"


async def sign_in_and_leave() -> None:
    """What is open now is never closed by anybody."""
    _allow_slow_steps()
    await app.test_client().post("/login", form={"name": "grace"})


if __name__ == "__main__":
    for name in sys.argv[1:]:
        sys.stdout.write(asyncio.run(visit(name)) + "\n")
    asyncio.run(sign_in_and_leave())
