"""What HTTP says of a session: the cookie, caches, the client."""
