"""Applications that the command serves."""
