"""A shop with quart-session, and the same one with these sessions."""
