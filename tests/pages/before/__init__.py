"""What the examples of a room's page take for granted: the reader's own part of the program."""
