"""Real servers, real sockets and real browsers' cookies: what happens when requests overtake."""
