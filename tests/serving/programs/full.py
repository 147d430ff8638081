"""A login that asks for passwords, and whose places are all taken."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, suppress

from quart_app import create_app
from quart_app.errors import TooBusy
from quart_app.login.members import members_of

app = create_app({"LOGIN_MODE": "password", **json.loads(os.environ["NOTES_CONFIG"])})
taken = ExitStack()


@app.before_serving
async def take_all_places() -> None:
    hashing = members_of(app).accounts.parts.hashing
    with suppress(TooBusy):
        while True:
            taken.enter_context(hashing.place(known_to=None))
