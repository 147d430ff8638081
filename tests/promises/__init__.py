"""What session libraries promise to whoever signs in, and who keeps it under concurrency."""
