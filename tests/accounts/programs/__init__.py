"""Run by the tests as processes of their own."""
