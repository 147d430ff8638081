"""Where a server listens: TCP, Unix sockets, and sockets that another process gives it."""
