"""The data of Figure 4 of Kanai et al., x ~ N(0, I_2), y = sign(x_1): is θ_2 = 0 optimal?

On the axis L(t, 0) = (1/N) Σ softplus(−t|x_n1| + ε|t|) is convex in t. At its minimum t* > 0 the
point (t*, 0) minimises L over the plane exactly if, with s_n = σ(−t*|x_n1| + εt*) and
z_n2 = y_n x_n2,

    L2:  Σ s_n z_n2 = 0,        L∞:  |Σ s_n z_n2| ≤ ε Σ s_n,

because ∂‖θ‖_2/∂θ_2 = 0 there, while ‖θ‖_1 has a kink that holds θ_2 at 0. If (1/N) Σ|x_n1| ≤ ε,
t* = 0 and the whole gradient is to be compared with ε.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from flint import arb

from theory.exact import Comparison, ball, norm, rational, sign

__all__ = ["axis_minimum", "folded", "pull_off_the_axis", "zero_is_optimal"]

Row = Sequence[Any]


def folded(x: Sequence[Row]) -> list[tuple[Any, Any]]:
    """z_n = y_n x_n with y_n = sign(x_n1); ValueError where x_n1 = 0 leaves y undefined.

    >>> folded([(-2, 1), (3, 1)])
    [(2, -1), (3, 1)]
    """
    if any(row[0] == 0 for row in x):
        raise ValueError("y = sign(x_1) needs x_1 different from 0 in every row")
    return [(sign(row[0]) * row[0], sign(row[0]) * row[1]) for row in x]


def weights(z: Sequence[Row], eps: Any, t: arb) -> list[arb]:
    """s_n = σ(−t(z_n1 − ε)) for t > 0."""
    return [1 / (1 + (t * (ball(a) - ball(eps))).exp()) for a, _ in z]


def slope(z: Sequence[Row], eps: Any, t: arb) -> arb:
    """N dL(t, 0)/dt for t > 0."""
    terms = [s * (ball(eps) - ball(row[0])) for s, row in zip(weights(z, eps, t), z, strict=True)]
    return sum(terms[1:], terms[0])


def axis_minimum(z: Sequence[Row], eps: Any) -> arb:
    """A ball around t*, by a certified change of sign of the slope; 0 if the mean of z_1 is ≤ ε.

    ValueError if every z_n1 exceeds ε: then L(t, 0) falls for ever.
    """
    if Comparison(sum((a for a, _ in z), rational(0)) / len(z), "<=", eps).holds():
        return arb(0)
    if all(Comparison(a, ">=", eps).holds() for a, _ in z):
        raise ValueError("every z_n1 is at least eps, so L has no minimum on the axis")
    low, high = arb(0), arb(1)
    while bool(slope(z, eps, high) < 0):
        low, high = high, 2 * high
    for _ in range(40):
        middle = ((low + high) / 2).mid()
        value = slope(z, eps, middle)
        if bool(value < 0):
            low = middle
        elif bool(value > 0):
            high = middle
        else:
            break
    return low.union(high)


def pull_off_the_axis(z: Sequence[Row], eps: Any, t: arb) -> tuple[arb, arb]:
    """Σ s_n z_n2 and Σ s_n at (t, 0), for every t in the ball."""
    values = weights(z, eps, t)
    pulls = [s * ball(row[1]) for s, row in zip(values, z, strict=True)]
    return sum(pulls[1:], pulls[0]), sum(values[1:], values[0])


def zero_is_optimal(x: Sequence[Row], eps: Any, p: Any) -> bool | None:
    """Whether the adversarial loss (p = 2 or ∞) has a minimum with θ_2 = 0; None if too close.

    >>> zero_is_optimal([(2, rational("1/10")), (rational("1/10"), rational("1/10"))],
    ...                 rational("3/5"), 2)
    False
    """
    if p not in (2, inf):
        raise ValueError(f"p must be 2 or inf, as in Figure 4; got {p!r}")
    z = folded(x)
    t = axis_minimum(z, eps)
    if t == 0:
        mean = [sum((row[k] for row in z), rational(0)) / len(z) for k in (0, 1)]
        return Comparison(norm(mean, p), "<=", eps).holds()
    pull, total = pull_off_the_axis(z, eps, t)
    if p == inf:
        return Comparison(abs(pull), "<=", ball(eps) * total).holds()
    return Comparison(pull, "==", 0).holds()
