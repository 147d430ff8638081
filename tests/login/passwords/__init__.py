"""A login of people whose accounts are kept here."""
