"""Runs the claims of `theory` and confirms, sharpens or refutes them: ``python -m verify``."""

from __future__ import annotations

from theory.registry import add_package

# The claims about jaxat, which those of theory may not import.
add_package("verify.conformance")
