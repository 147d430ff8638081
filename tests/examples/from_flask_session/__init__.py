"""A shop on Flask with Flask-Session, and the same one on Quart with these sessions."""
