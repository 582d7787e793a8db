"""The small network of the AutoAttack fixtures, and closed forms for a linear classifier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

FIXTURES = Path(__file__).parent / "fixtures"
FLOAT64 = jnp.zeros(0).dtype == jnp.float64
DTYPE = np.float64 if FLOAT64 else np.float32
RADII = {"linf": 8 / 255, "l2": 0.5, "l1": 12.0}


def load(name: str) -> dict[str, np.ndarray]:
    with np.load(FIXTURES / f"autoattack_{name}.npz", allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def pixels(images: np.ndarray) -> np.ndarray:
    """In the order channels first, which the fixtures have."""
    return images.transpose(0, 3, 1, 2).astype(DTYPE) / 256


def convolve(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """A convolution 4x4 of stride 2 as sixteen products, which are fast in float64 as well."""
    n, _, height, width = x.shape
    x = jnp.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    parts = [x[:, :, i : i + height - 1 : 2, j : j + width - 1 : 2] for i, j in np.ndindex(4, 4)]
    patches = jnp.stack(parts, 2).reshape(n, -1, height * width // 4)
    flat = jnp.einsum("ok,nkp->nop", kernel.reshape(kernel.shape[0], -1), patches)
    return flat.reshape(n, -1, height // 2, width // 2)


def apply(weights: Any, x: jax.Array) -> jax.Array:
    for name in ("conv1", "conv2"):
        x = convolve(x, weights[f"{name}.weight"])
        x = jax.nn.relu(x + weights[f"{name}.bias"][:, None, None])
    x = x.reshape(x.shape[0], -1)
    x = jax.nn.relu(x @ weights["linear1.weight"].T + weights["linear1.bias"])
    return x @ weights["linear2.weight"].T + weights["linear2.bias"]


def network() -> Partial:
    weights = {key: jnp.asarray(value, DTYPE) for key, value in load("weights").items()}
    return Partial(apply, weights)


def linear(classes: int, seed: int = 0, n: int = 40, d: int = 12) -> tuple[Any, Any, Any, Any]:
    """A linear classifier with images in its range, labels mostly its own, and its weights."""
    rng = np.random.default_rng(seed)
    w = rng.normal(size=(classes, d))
    x = rng.uniform(0.3, 0.7, (n, d))
    labels = np.argmax(x @ w.T, 1)
    labels[::10] = (labels[::10] + 1) % classes
    model = Partial(lambda w, x: x @ w.T, jnp.asarray(w, DTYPE))
    return model, x.astype(DTYPE), labels, w


def least_distance(w: np.ndarray, x: np.ndarray, y: np.ndarray, norm: str) -> np.ndarray:
    """The norm at which each image is misclassified first, where no bound is in the way."""
    dual = {"linf": 1, "l2": 2, "l1": np.inf}[norm]
    z = x @ w.T
    distance = np.full(len(x), np.inf)
    for other in range(len(w)):
        length = np.linalg.norm(w[y] - w[other], dual, axis=1)
        gap = (z[np.arange(len(x)), y] - z[:, other]) / np.where(length > 0, length, 1)
        distance = np.where(other == y, distance, np.minimum(distance, gap))
    return np.maximum(distance, 0)
