"""Runs the claims of `theory` and confirms, sharpens or refutes them: ``python -m verify``."""
