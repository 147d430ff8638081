"""Real server processes, met through real sockets."""
