"""What an operator sees of a server: a line for each request, events, metrics."""
