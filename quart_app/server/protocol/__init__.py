"""HTTP/1.1: the short way for what is ordinary, and hypercorn for everything else."""
