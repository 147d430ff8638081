"""When and how a session is opened, written, moved and ended; no HTTP."""
