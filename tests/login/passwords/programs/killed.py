"""The shipped application, killed in the moment between a change and the end of its sessions."""

from __future__ import annotations

import os
import signal

from quart_app import create_app
from quart_app.accounts import EndingNote
from quart_app.login.members import members_of


async def end(ending: EndingNote) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


app = create_app()
members_of(app).endings.end = end  # type: ignore[method-assign]
