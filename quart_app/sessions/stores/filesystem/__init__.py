"""Sessions in files: the default, for any number of processes on one machine."""

from quart_app.sessions.stores.filesystem.store import FilesystemStore

__all__ = ["FilesystemStore"]
