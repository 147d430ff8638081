"""Hypercorn's settings where its own defaults are unwise, each with the reason."""

from __future__ import annotations

import logging

from hypercorn.config import Config

from quart_app.settings import ServerSettings

log = logging.getLogger(__name__)


def configuration(settings: ServerSettings) -> Config:
    """What its protocol code is told."""
    config = Config()
    # Tells attackers what they have before them, and nobody else anything.
    config.include_server_header = False
    # Hypercorn prints the decoded path, so `/x%0aFAKE` writes a line of its own, and it copies the
    # environment for every request.
    config.accesslog = None
    # One way out for all records, with control characters escaped.
    config.errorlog = log
    config.keep_alive_timeout = settings.keep_alive_timeout.total_seconds()
    config.keep_alive_max_requests = settings.keep_alive_requests
    # A value would cut pages that wait for news and have nothing to say.
    config.read_timeout = None
    config.backlog = settings.backlog
    # Pages of a login need few requests at a time; a hundred at once serve those who rush handlers.
    config.h2_max_concurrent_streams = 32
    # As much as a head may have over HTTP/1.1.
    config.h2_max_header_list_size = config.h11_max_incomplete_size
    # A message is held in memory, and 16 MiB from each of many sockets would fill it.
    config.websocket_max_message_size = 64 * 1024
    # Finds peers that vanished, and keeps proxies (60 seconds, mostly) from closing quiet sockets.
    config.websocket_ping_interval = 20
    return config
