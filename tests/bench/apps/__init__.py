"""The same little login in several libraries, for the benchmarks."""
