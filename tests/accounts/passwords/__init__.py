"""Hashes, our own and others; which passwords are taken."""
