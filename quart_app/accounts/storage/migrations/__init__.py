"""Makes the tables, step by step; `env.py` and `versions/` are where Alembic looks for them."""
