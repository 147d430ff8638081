"""A crowd that comes, rests, vanishes and comes back, while servers die under it."""
