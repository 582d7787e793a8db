"""Clipping moves points together, never apart."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.projection-continuous",
    intuition=(
        "Take $a$ just inside and $b$ just outside the square, on the same ray. Clipping leaves "
        "$a$ and moves $b$ back to the boundary, so the images are *nearer* than the arguments. "
        "Whatever jump $j$ is proposed, arguments nearer than $j$ have images nearer than $j$, "
        "here and everywhere (`kanai.projection-continuous.repaired`)."
    ),
    catch=(
        "The projection has a kink at the boundary, it is not differentiable there; it is "
        "continuous, as the projection onto every convex set is."
    ),
    witness={
        "p": "inf",
        "eps": "8/255",
        "a": "(7/255, 0)",
        "b": "(9/255, 0)",
        "j": "1/100",
    },
    disappears="“projection” is replaced by “sign”, which jumps by 2 at 0.",
)
