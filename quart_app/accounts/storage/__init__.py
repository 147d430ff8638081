"""Where accounts are kept: SQL tables, their migrations, and functions that are one step of a
transaction each. Nothing here knows passwords, clocks or rules."""
