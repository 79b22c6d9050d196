"""python -m benchmarks.soak: real processes, killed and stopped without mercy, and then everything is counted."""
