"""What clients do to a server, to be done to two of them and compared."""
