"""Sockets: parked, in use, as streams, or on their way out; nothing here knows processes."""
