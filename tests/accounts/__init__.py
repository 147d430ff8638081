"""Accounts, without pages: the database is SQLite, and a PostgreSQL that is really killed."""
