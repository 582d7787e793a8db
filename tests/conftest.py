"""Tests run in float64 and check every annotated shape."""

from __future__ import annotations

import jax

jax.config.update("jax_enable_x64", True)
