"""Passwords: how they are hashed, which are taken, and hashes that come from elsewhere. No I/O but
for the lists, and no threads: `../hashing.py` runs what is slow."""
