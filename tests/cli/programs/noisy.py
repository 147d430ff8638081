"""An application that logs, prints and hangs when it is asked to."""

from __future__ import annotations

import logging
import sys
import time

from quart import Quart

app = Quart(__name__)
log = logging.getLogger(__name__)


@app.get("/log")
async def say() -> str:
    for number in range(100):
        log.warning("noise %s", number)
        print("noise", file=sys.stderr)  # noqa: T201 - what others' libraries do
    return "said"


@app.get("/stuck")
async def stuck() -> str:
    time.sleep(60)  # noqa: ASYNC251 - what must not be
    return "stuck"
