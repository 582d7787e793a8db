"""The images and labels of an evaluation as arrays of NumPy, checked as a whole."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from jaxat.threat import ThreatModel

__all__ = ["checked_arrays", "within"]


def checked_arrays(threat: ThreatModel, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return images in JAX's dtype and labels 0, 1, ...; ValueError if they do not fit.

    >>> checked_arrays(ThreatModel("linf", 0.1), np.zeros((1, 2), np.uint8), np.zeros(1))
    Traceback (most recent call last):
    ...
    ValueError: x are images of floats, got uint8 of shape (1, 2). Divide grey levels by 255.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim < 2 or not jnp.issubdtype(x.dtype, jnp.floating):
        raise ValueError(
            f"x are images of floats, got {x.dtype} of shape {x.shape}. Divide grey levels by 255."
        )
    if len(x) == 0:
        raise ValueError("there are no images to evaluate; x is empty.")
    # Half precision would round the images themselves, and so the radius.
    wide = jnp.promote_types(x.dtype, jnp.float32)
    x = x.astype(jnp.zeros(0, wide).dtype if wide != jnp.float64 else jnp.zeros(0).dtype)
    if np.isnan(x).any():
        raise ValueError("x has NaN pixels.")
    if threat.bounds is not None:
        lo, hi = threat.bounds
        least, most, slack = float(x.min()), float(x.max()), 1e-5 * (hi - lo)
        if not (lo - slack <= least and most <= hi + slack):
            raise ValueError(
                f"x lies in [{least:g}, {most:g}], outside the bounds [{lo:g}, {hi:g}] of the "
                f"threat model. Divide grey levels by 255, normalise inside the model, or choose "
                f"bounds=."
            )
        x = np.clip(x, lo, hi)
    if y.shape != x.shape[:1]:
        raise ValueError(f"y has one label an image, shape {x.shape[:1]}; got {y.shape}.")
    if not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"y are integers, the numbers of the classes; got {y.dtype}.")
    if set(np.unique(y)) <= {-1, 1} and -1 in y:
        y = (y > 0).astype(np.int32)
    return x, y.astype(np.int32)


def within(threat: ThreatModel, x_adv: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Say which images are admissible, measured in float64, up to the rounding of their dtype.

    >>> within(ThreatModel("l2", 0.1), np.array([[0.6], [0.7]]), np.array([[0.5], [0.5]]))
    array([ True, False])
    """
    delta = (x_adv.astype(np.float64) - x.astype(np.float64)).reshape(len(x), -1)
    order = {"linf": np.inf, "l2": 2, "l1": 1}[threat.norm]
    length = np.linalg.norm(delta, order, axis=1)
    # Rounding a pixel moves it by at most half a spacing; for L1 all of them add up.
    slack = float(np.finfo(x.dtype).eps) * (delta.shape[1] if threat.norm == "l1" else 8)
    near = length <= float(threat.eps) * (1 + 1e-6) + slack
    if threat.bounds is None:
        return near
    lo, hi = threat.bounds
    flat = x_adv.reshape(len(x), -1)
    return near & (flat >= lo).all(1) & (flat <= hi).all(1)
