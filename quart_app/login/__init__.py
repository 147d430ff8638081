"""Joins "this is Ada" to "this browser": accounts, checks, guards, signals."""
