"""The parts of bench/gpu.py: measurements of a training on a rented GPU, with torch, numpy and the standard library."""
