"""Between two wells p_θ is wider than the Gaussian that holds it, and Newton's step climbs."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.eq-77.well-defined",
    reading=(
        "The paper calls (77) a Newton step and does not say that $h_j$ is positive. Judged "
        "is whether $h_j$ has the sign that a step of a minimisation needs."
    ),
    intuition=(
        "$p_\\theta$ for $L=5(t^2-1)^2$, $\\gamma=3$, $\\theta=1/10$ has a mode near each of "
        "$\\pm1$. Its variance is 0.725, more than $1/\\gamma$, so $\\gamma-\\gamma^2\\sigma="
        "-3.53$ and $h<0$: (77) moves away from $\\bar\\theta$, and $-F$ rises."
    ),
    catch=(
        "$\\gamma-\\gamma^2\\sigma$ is the second derivative of $-F$, which is concave between two "
        "minima like any smooth function. Newton's method goes to stationary points, here to a "
        "maximum."
    ),
    witness={"a": "5", "gamma": "3", "theta": "1/10"},
    disappears=(
        "$L$ is strongly convex, or $\\gamma$ exceeds its weak convexity enough that "
        "$\\gamma\\sigma_j<1$; otherwise the denominator must be kept positive, for instance by "
        "$h=1/(\\gamma\\max(1-\\gamma\\sigma,c))$."
    ),
)
