"""What rooms tell whoever observes them. To send one costs next to nothing while nobody listens."""

from __future__ import annotations

from blinker import Signal

host_refused = Signal("A request for a name that is not ours. Sent by its ASGI scope.")
proxy_not_trusted = Signal("X-Forwarded-For of one that is not. Sent by its address.")
cross_site_refused = Signal("A page of another site asked for a change. Sent by the request.")
record_made = Signal("A store has taken a new session. Sent by the store.")
record_ended = Signal("A store has ended a session. Sent by the store.")
store_called = Signal("A call to a store's outside: `seconds`, `failed`. Sent by the store's name.")
store_lost = Signal("It keeps failing, and is asked once a second only. Sent by its name.")
store_found = Signal("It answers again. Sent by its name.")
connection_refused = Signal(
    "A limit on connections was reached; `peer`, or `reason` and `connections`. Sent by its name."
)
