"""Serves one ASGI application with hypercorn, in this process or in several, and stops it well."""

from quart_app.server.front import Front, scarcity_of_descriptors
from quart_app.server.listening.address import Address
from quart_app.server.listening.endpoint import AddressInUse
from quart_app.server.running import fastest_loop, run
from quart_app.server.workers.inherited import Inherited
from quart_app.server.workers.supervisor import supervise

__all__ = [
    "Address",
    "AddressInUse",
    "Front",
    "Inherited",
    "fastest_loop",
    "run",
    "scarcity_of_descriptors",
    "supervise",
]
