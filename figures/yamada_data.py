"""The synthetic data of the figures about logistic regression under an L2 attack."""

from __future__ import annotations

import numpy as np

__all__ = ["DATA_WORDS", "samples"]

DATA_WORDS = "40 vectors zₙ = yₙxₙ ~ N((1.2, 0, 0, 0), 0.35² I₄), seed 3"


def samples() -> np.ndarray:
    """z_n = y_n x_n, shape (40, 4): separable with a margin, with some spread along every axis."""
    noise = np.random.default_rng(3).standard_normal((40, 4))
    return 0.35 * noise + np.array([1.2, 0.0, 0.0, 0.0])
