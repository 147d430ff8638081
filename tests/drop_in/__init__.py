"""What applications and the suites of other session libraries expect, kept by our sessions."""
