"""An application."""

from __future__ import annotations

from quart import Quart

app = Quart(__name__)
