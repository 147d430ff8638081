"""What a handler holds of a session, and what was asked of it; no I/O."""
