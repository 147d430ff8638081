"""Serves one ASGI application with hypercorn in this process, and stops it well."""

from quart_app.server.address import Address, AddressInUse
from quart_app.server.running import fastest_loop, run

__all__ = ["Address", "AddressInUse", "fastest_loop", "run"]
