"""The command `quart-app`, as a process."""
