"""Tests check every annotated shape, and run in float64 unless JAX_ENABLE_X64=0 says otherwise."""

from __future__ import annotations

import os

os.environ.setdefault("JAX_ENABLE_X64", "1")

from jaxtyping import install_import_hook

import tools.typechecker  # noqa: F401  the hook looks it up by name

# Must come before the first import of these packages, hence not in a fixture.
install_import_hook(["theory", "jaxat"], "tools.typechecker.checked")

FLOAT64 = os.environ["JAX_ENABLE_X64"] == "1"
# The mathematics refuses to run in float32, which is what the tests of the other run look at.
collect_ignore = ["tests/float32"] if FLOAT64 else ["tests/theory", "tests/claims", "theory"]
