"""Whole little applications to begin with; each is run by a test here."""
