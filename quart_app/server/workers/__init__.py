"""Several processes that serve on one address; nothing here knows connections."""
