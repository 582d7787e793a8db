"""What makes a robust accuracy meaningless or doubtful, looked at before and after the attacks."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxat.attacks.losses import cross_entropy
from jaxat.threat import ThreatModel

__all__ = ["EvaluationWarning", "Flag", "after", "before", "refuse_nan", "warn"]


class EvaluationWarning(UserWarning):
    """The number of an evaluation may not mean what it seems to mean."""


class Flag(NamedTuple):
    """A finding: a short code, and a sentence that says what to do."""

    code: str
    message: str


def before(
    threat: ThreatModel,
    logits_fn: Callable[[Any], Any],
    x: np.ndarray,
    y: np.ndarray,
    logits: np.ndarray,
    *,
    randomised: bool,
    layout: str = "NHWC",
) -> list[Flag]:
    """Return what is doubtful about the model on one batch; ``logits`` are those of the batch.

    The questions of the public code's checks (softmax outputs, a random model, zero gradients),
    and those it does not ask (units of eps, accuracy no better than chance).
    """
    flags = [*_eps(threat, x), *_outputs(logits), *_layout(x, layout)]
    again = [np.asarray(logits_fn(x)) for _ in range(2)]
    apart = max(float(np.max(np.abs(other - logits))) for other in again)
    scale = float(np.max(np.abs(logits))) + 1e-10
    if apart > 1e-4 * scale and not randomised:
        flags.append(
            Flag(
                "randomised",
                "the same images gave different logits: the model is randomised. Use "
                "version='rand', which averages gradients over draws.",
            )
        )
    zero = int(np.sum(~_has_gradient(logits_fn, x, y)))
    if zero:
        flags.append(
            Flag(
                "zero-gradient",
                f"{zero} of {len(x)} images have a zero gradient of the cross-entropy: attacks "
                f"that follow gradients find nothing there. Trust Square more than APGD, and try "
                f"an attack made for the model.",
            )
        )
    right = float(np.mean(np.argmax(logits, 1) == y))
    chance = 1 / logits.shape[1]
    if len(x) >= 30 and right < chance + 2 * math.sqrt(chance / len(x)):
        flags.append(
            Flag(
                "chance",
                f"the model is right on {right:.1%} of the first {len(x)} clean images, which is "
                f"chance. Check labels, layout (channels first or last) and normalisation.",
            )
        )
    return flags


def after(robust: Mapping[str, float], attacked: int) -> list[Flag]:
    """Return what the results themselves say against them; ``robust`` after each attack, in order.

    >>> [flag.code for flag in after({"clean": 0.9, "apgd-t": 0.5, "square": 0.4}, 100)]
    ['square-improves']
    """
    others = [value for name, value in robust.items() if name != "square"]
    if attacked and "square" in robust and robust["square"] < min(others) - 0.002:
        drop = min(others) - robust["square"]
        return [
            Flag(
                "square-improves",
                f"Square, which sees no gradients, took another {drop:.2%} of the images: "
                f"gradients of this model mislead. Run Square with more queries, and an attack "
                f"made for the model.",
            )
        ]
    return []


def refuse_nan(logits: np.ndarray, what: str) -> None:
    """Raise ValueError if any of the logits is not a number.

    >>> refuse_nan(np.array([[0.0, np.nan]]), "clean images")
    Traceback (most recent call last):
    ...
    ValueError: the model gives NaN on 1 of 1 clean images: accuracy is not defined...
    """
    bad = int(np.sum(np.isnan(logits).any(axis=1)))
    if bad:
        raise ValueError(
            f"the model gives NaN on {bad} of {len(logits)} {what}: accuracy is not defined "
            f"there. Look at its weights and its normalisation (a division by zero?)."
        )


def warn(flags: list[Flag]) -> None:
    """Issue each flag as a warning."""
    for flag in flags:
        warnings.warn(f"{flag.code}: {flag.message}", EvaluationWarning, stacklevel=3)


def _eps(threat: ThreatModel, x: np.ndarray) -> list[Flag]:
    lo, hi = threat.bounds or (0.0, 1.0)
    eps, wide = float(threat.eps), hi - lo
    size = math.prod(x.shape[1:])
    largest = {"linf": wide, "l2": wide * math.sqrt(size), "l1": wide * size}[threat.norm]
    if eps >= largest / 2:
        text = f"eps = {eps:g} allows every image to become (nearly) any other"
    elif threat.norm == "linf" and 0 < eps < wide / 512:
        text = f"eps = {eps:g} is less than half a grey level"
    else:
        return []
    return [Flag("eps", f"{text}: eps is in units of inputs in [{lo:g}, {hi:g}], as 8/255.")]


def _layout(x: np.ndarray, layout: str) -> list[Flag]:
    if x.ndim != 4:
        return []
    first, last = x.shape[1] <= 4 < x.shape[3], x.shape[3] <= 4 < x.shape[1]
    if not (first if layout == "NHWC" else last):
        return []
    other = "NCHW" if layout == "NHWC" else "NHWC"
    return [
        Flag(
            "layout",
            f"images of shape {x.shape[1:]} seem to be {other}, and Square draws its windows in "
            f"{layout}: pass Options(layout={other!r}).",
        )
    ]


def _outputs(logits: np.ndarray) -> list[Flag]:
    sums = np.abs(logits.sum(1) - 1).max()
    if logits.min() > -1e-5 and logits.max() < 1 + 1e-5 and sums < 1e-4:
        return [
            Flag(
                "softmax",
                "the outputs are probabilities, not logits: their saturation hides gradients. "
                "Remove the softmax.",
            )
        ]
    if np.all(logits == logits[:1]) and len(logits) > 1:
        return [Flag("constant", "the logits are the same for every image.")]
    return []


def _has_gradient(logits_fn: Callable[[Any], Any], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    def total(x: Any) -> Any:
        return jnp.sum(cross_entropy(logits_fn(x), jnp.asarray(y)))

    try:
        gradient = np.asarray(jax.grad(total)(jnp.asarray(x)))
    except (jax.errors.JAXTypeError, TypeError) as error:
        raise ValueError(
            f"the model cannot be differentiated by JAX ({type(error).__name__}): logits = f(x) is "
            f"a function of jax.numpy, without NumPy or another framework inside."
        ) from error
    return np.any(gradient.reshape(len(x), -1) != 0, axis=1)
