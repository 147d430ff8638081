"""What things cost, measured beside what others use, in the same run."""
